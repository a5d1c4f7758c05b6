"""Where what belongs to an id stands in an array of all that belongs to any."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from recommendations.large_pages import in_large_pages

_SPREAD = 4
"""Up to so many times as many ids as there are, a table of them all takes few bytes for each."""


class Spans:
    """Finds beginnings and ends by ids. Immutable.

    Where most ids from the first to the last are there, a table tells it at one look. A search
    would make ten, of which each waits for memory when there are a million ids.

    ids: ascending, none twice; they are not copied, and are not to change.
    begins, ends: of each, 0 or more, and as many at least as there are ids.
    """

    __slots__ = ("_bounds", "_first", "_ids", "_last")

    def __init__(self, ids: "array[int]", begins: Iterable[int], ends: Iterable[int]) -> None:
        self._first, self._last = (ids[0], ids[-1]) if ids else (0, -1)
        width = self._last - self._first + 1
        dense = width <= _SPREAD * len(ids)
        self._ids = None if dense else ids
        bounds = array("I", [0]) * (2 * (width if dense else len(ids)))
        places = (each - self._first for each in ids) if dense else range(len(ids))
        for place, begin, end in zip(places, begins, ends, strict=False):
            bounds[2 * place], bounds[2 * place + 1] = begin, end
        # Side by side, so that one look finds both.
        self._bounds = in_large_pages(bounds)

    def of(self, wanted: int) -> tuple[int, int]:
        """Give where what belongs to an id begins and ends; the same twice if there is nothing."""
        if not self._first <= wanted <= self._last:
            return 0, 0
        if self._ids is None:
            at = 2 * (wanted - self._first)
        else:
            place = bisect_left(self._ids, wanted)
            if self._ids[place] != wanted:
                return 0, 0
            at = 2 * place
        return self._bounds[at], self._bounds[at + 1]
