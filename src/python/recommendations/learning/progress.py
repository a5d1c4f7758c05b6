"""How long work reports how far it is, without knowing who looks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

Advance: TypeAlias = Callable[[int], object]
"""Told how many more units are done."""
Progress: TypeAlias = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Told, when a piece of work begins, what it is and how many units it has, None when unknown."""


@contextmanager
def silent(_what: str, _total: int | None) -> Iterator[Advance]:
    """Report to nobody."""
    yield lambda _units: None
