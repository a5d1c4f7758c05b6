"""The methods by name, and which of them suits how many books."""

from recommendations.learning.cosine import Cosine
from recommendations.learning.dense_ease import MAX_BOOKS, DenseEase
from recommendations.learning.local_ease import LocalEase
from recommendations.learning.method import Method

DEFAULT = LocalEase.name
"""What measures best at every size; see docs/recommending.md."""

_BY_NAME: dict[str, Method] = {each.name: each for each in (LocalEase(), DenseEase(), Cosine())}

NAMES = tuple(_BY_NAME)


def method_for(name: str, books: int) -> Method:
    """Give the method of this name, or its sparse sibling where it needs too dense a matrix."""
    if name == DenseEase.name and books > MAX_BOOKS:
        return LocalEase()
    return _BY_NAME[name]
