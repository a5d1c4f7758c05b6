"""Finding ids among ascending ones."""

from array import array
from bisect import bisect_left

_SPREAD = 4
"""Up to so many times as many ids as there are, a table of them all takes few bytes for each."""


class Places:
    """Where each of some ids stands.

    Where most ids from the first to the last are there, a table tells it at one look. A search
    would make ten, of which each waits for memory when there are a million ids.

    ids: ascending, none twice; they are not copied, and are not to change.
    """

    __slots__ = ("_first", "_ids", "_table")

    def __init__(self, ids: "array[int]") -> None:
        self._ids = ids
        self._first = ids[0] if ids else 0
        span = ids[-1] - self._first + 1 if ids else 0
        self._table: array[int] | None = None
        if span <= _SPREAD * len(ids):
            # One more than the place: 0 is for what is not there.
            self._table = array("i", [0]) * span
            for number, each in enumerate(ids, 1):
                self._table[each - self._first] = number

    def of(self, wanted: int) -> int | None:
        """Give the place of an id, counted from 0; None where it is not there."""
        if self._table is not None:
            offset = wanted - self._first
            number = self._table[offset] if 0 <= offset < len(self._table) else 0
            return number - 1 if number else None
        at = bisect_left(self._ids, wanted)
        return at if at < len(self._ids) and self._ids[at] == wanted else None
