"""The methods by name, and which of them suits how many books."""

from recommendations.learning.cosine import Cosine
from recommendations.learning.dense_ease import DenseEase
from recommendations.learning.local_ease import LocalEase
from recommendations.learning.method import Method

MAX_DENSE = 5_000
"""The most books for a dense matrix: three of float64 then take 600 MB."""
MAX_REGRESSIONS = 50_000
"""The most books that each get an equation of their own, at about a millisecond each."""

_BY_NAME: dict[str, Method] = {each.name: each for each in (LocalEase(), DenseEase(), Cosine())}

NAMES = tuple(_BY_NAME)


def method_for(name: str | None, books: int) -> Method:
    """Give the method of this name, or the best one for so many books.

    What needs a dense matrix gives way to its sparse sibling where there are too many books.
    """
    if name is None:
        return LocalEase() if books <= MAX_REGRESSIONS else Cosine()
    if name == DenseEase.name and books > MAX_DENSE:
        return LocalEase()
    return _BY_NAME[name]
