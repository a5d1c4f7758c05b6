"""When a worker that ended is replaced, and when no more."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How much patience there is with workers that end.

    start_seconds: how long one may take until it listens.
    pause_seconds, max_pause_seconds: the pause before one is replaced, and the most that doubling
        makes of it while its successors end in turn.
    steady_seconds: one that lived so long ended for a reason of its own: the pause is short again.
    ends, window_seconds: more ends than these, of all workers together, within the last seconds,
        and nothing is replaced any more.
    """

    start_seconds: float = 60.0
    pause_seconds: float = 0.1
    max_pause_seconds: float = 5.0
    steady_seconds: float = 30.0
    ends: int = 10
    window_seconds: float = 60.0


class Restarts:
    """Remembers how workers ended."""

    def __init__(self, policy: RestartPolicy, clock: Callable[[], float] = monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=policy.ends + 1)
        self._pauses: dict[int, float] = {}

    def pause_after_end(self, number: int, lived_seconds: float) -> float | None:
        """Note that a worker has ended.

        Give the seconds to wait before it is replaced, or None if that is to end now.
        """
        policy = self._policy
        now = self._clock()
        self._ends.append(now)
        if len(self._ends) > policy.ends and now - self._ends[0] <= policy.window_seconds:
            return None
        pause = self._pauses.get(number, 0.0)
        if pause and lived_seconds < policy.steady_seconds:
            pause = min(2 * pause, policy.max_pause_seconds)
        else:
            pause = policy.pause_seconds
        self._pauses[number] = pause
        return pause
