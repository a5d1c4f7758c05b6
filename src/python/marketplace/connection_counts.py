"""How many visitors each worker has, known to all of them."""

import mmap

MOST_WORKERS = 128
"""Twice as many as there may be: while they are replaced there are old and new ones."""
_ITEM_BYTES = 4


class ConnectionCounts:
    """Numbers that are seen in every process forked after this was made.

    Each is written by one worker alone. Workers are named by numbers from 1; those beyond
    `MOST_WORKERS` are left out.
    """

    def __init__(self) -> None:
        # One more than the count; 0 is a worker that takes nobody.
        self._shared = memoryview(mmap.mmap(-1, MOST_WORKERS * _ITEM_BYTES)).cast("i")

    def tell(self, worker: int, connections: int) -> None:
        """Say how many a worker has, which takes more."""
        if 1 <= worker <= MOST_WORKERS:
            self._shared[worker - 1] = connections + 1

    def leave_out(self, worker: int) -> None:
        """Say that a worker takes nobody."""
        if 1 <= worker <= MOST_WORKERS:
            self._shared[worker - 1] = 0

    def others_have_fewer(self, worker: int, connections: int) -> bool:
        """Tell whether some other worker takes visitors and has fewer than so many."""
        return any(
            0 < told <= connections
            for number, told in enumerate(self._shared.tolist(), 1)
            if number != worker
        )
