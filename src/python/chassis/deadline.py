"""How much time is left: a budget that shrinks along a chain of calls.

Whoever handles a request opens a budget; whoever makes a call on its behalf asks what is left of
it, as `chassis.interceptors.client_deadline` does for every call over a channel. It follows the
request's own context, so it needs no argument to pass through.
"""

from collections.abc import Callable
from contextvars import ContextVar
from time import monotonic

Clock = Callable[[], float]
"""Gives seconds that never go back."""


class Budget:
    """Counts down from the moment it is made.

    seconds: what there is to spend.
    """

    __slots__ = ("_clock", "_end")

    def __init__(self, seconds: float, clock: Clock = monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left_seconds(self) -> float:
        """Give what is left: 0 or more."""
        return max(0.0, self._end - self._clock())

    def less(self, seconds: float) -> "Budget":
        """Give one that ends so many seconds earlier."""
        budget = Budget(0.0, self._clock)
        budget._end = self._end - seconds
        return budget

    def ends_before(self, other: "Budget") -> bool:
        """Tell which of two by the same clock is spent first."""
        return self._end < other._end


_present: ContextVar[Budget | None] = ContextVar("budget", default=None)


def open_budget(seconds: float, clock: Clock = monotonic) -> Budget:
    """Grant the present context `seconds` from now, or what is left of an earlier grant if less.

    It holds to the end of the context: of a gRPC call, of a task, of a thread's work on a request.
    """
    budget, earlier = Budget(seconds, clock), _present.get()
    if earlier is not None and earlier.ends_before(budget):
        return earlier
    _present.set(budget)
    return budget


def close_budget() -> None:
    """Withdraw what was granted: a context may outlive its request, as a worker thread's does."""
    _present.set(None)


def time_left(margin: float = 0.0) -> float | None:
    """Give the seconds that are left less a margin, at least 0, or None without a budget.

    margin: what the caller itself still needs, to make an answer of what it gets.
    """
    budget = _present.get()
    return None if budget is None else max(0.0, budget.left_seconds() - margin)
