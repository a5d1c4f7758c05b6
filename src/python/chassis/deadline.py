"""How much time is left: a budget that shrinks along a chain of calls.

Whoever handles a request opens a budget; whoever makes a call on its behalf asks what is left of
it. It follows the request's own context, so it needs no argument to pass through.
"""

from collections.abc import Callable
from contextvars import ContextVar
from time import monotonic

_expires: ContextVar[float | None] = ContextVar("deadline", default=None)

Clock = Callable[[], float]
"""Gives seconds that never go back."""


def open_budget(seconds: float, clock: Clock = monotonic) -> None:
    """Grant the present context `seconds` from now, or what is left of an earlier grant if less.

    It holds to the end of the context: of a gRPC call, of a task, of a thread's work on a request.
    """
    end = clock() + seconds
    earlier = _expires.get()
    _expires.set(end if earlier is None else min(end, earlier))


def close_budget() -> None:
    """Withdraw what was granted: a context may outlive its request, as a worker thread's does."""
    _expires.set(None)


def time_left(margin: float = 0.0, clock: Clock = monotonic) -> float | None:
    """Give the seconds that are left less a margin, at least 0, or None without a budget.

    margin: what the caller itself still needs, to make an answer of what it gets.
    """
    end = _expires.get()
    return None if end is None else max(end - margin - clock(), 0.0)
