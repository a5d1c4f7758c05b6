"""The time that a request has, shared by all that is waited for on its behalf."""

import time
from collections.abc import Callable


class Budget:
    """Counts down from the moment it is made.

    seconds: what there is to spend.
    clock: gives seconds that never go back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left_seconds(self) -> float:
        """Give what is left: 0 or more."""
        return max(0.0, self._end - self._clock())
