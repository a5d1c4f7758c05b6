"""The methods by name, and which of them suits how many books."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from recommendations.learning.cosine import Cosine
from recommendations.learning.dense_ease import DenseEase
from recommendations.learning.local_ease import LocalEase

MAX_DENSE = 5_000
"""The most books for a dense matrix: three of float64 then take 600 MB."""
MAX_REGRESSIONS = 50_000
"""The most books that each get an equation of their own, at about a millisecond each."""

AnyMethod: TypeAlias = LocalEase | DenseEase | Cosine

_BY_NAME: dict[str, AnyMethod] = {each.name: each for each in (LocalEase(), DenseEase(), Cosine())}

NAMES = tuple(_BY_NAME)


def method_for(name: str | None, books: int) -> AnyMethod:
    """Give the method of this name, or the best one for so many books.

    What needs a dense matrix gives way to its sparse sibling where there are too many books.
    """
    if name is None:
        return LocalEase() if books <= MAX_REGRESSIONS else Cosine()
    if name == DenseEase.name and books > MAX_DENSE:
        return LocalEase()
    return _BY_NAME[name]


class WrongParameter(Exception):
    """A method has no parameter of this name, or it takes no such number."""


def with_parameters(method: AnyMethod, numbers: Mapping[str, float]) -> AnyMethod:
    """Give the method with some of its numbers replaced, to try others.

    Raises WrongParameter.
    """
    known = method.parameters
    if unknown := [name for name in numbers if name not in known]:
        raise WrongParameter(f"{method.name} has no {unknown[0]}, only {', '.join(known)}")
    for name, number in numbers.items():
        if number < 0 or (isinstance(known[name], int) and not float(number).is_integer()):
            raise WrongParameter(f"{name}: {number} is not a number that it can be")
    typed: dict[str, Any] = {name: type(known[name])(each) for name, each in numbers.items()}
    return replace(method, **typed)
