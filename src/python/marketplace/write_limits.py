"""How often somebody may write: token buckets in bounded memory; docs/adr says why it is ours."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

MAX_WRITERS = 10_000


class WriteLimits:
    """Lets each writer write so often a minute, all of it at once if they like.

    per_minute: 1 or more.
    clock: gives seconds that never go back.
    most: how many writers are remembered; who has not written for longest is forgotten first.

    Safe to use from several threads.
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float], most: int = MAX_WRITERS
    ) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._full_again_at: OrderedDict[Hashable, float] = OrderedDict()

    def wait_seconds(self, writer: Hashable) -> int:
        """Count a write. Gives 0 if it may be made, else in how many seconds one may."""
        each = 60.0 / self._per_minute
        with self._lock:
            now = self._clock()
            # A bucket as one number: the time at which it would be full.
            full_again_at = max(now, self._full_again_at.get(writer, now)) + each
            too_early = full_again_at - now - 60.0
            # Sums of fractions are not exact.
            if too_early > 1e-6:
                return max(1, math.ceil(too_early))
            self._full_again_at[writer] = full_again_at
            self._full_again_at.move_to_end(writer)
            if len(self._full_again_at) > self._most:
                self._full_again_at.popitem(last=False)
            return 0
