"""Calls begin with a budget of time, and not at all when theirs is spent."""

from types import TracebackType

import grpc

from chassis.deadline import open_budget
from chassis.interceptors.call import ServerCall, Status

_LATE = Status(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline passed before the call began")


class DeadlineBudget:
    """Opens the budget that `chassis.deadline` tells of, and refuses calls that come too late.

    Calls wait in line when a server has much to do; one whose client has given up meanwhile would
    be work for nobody.

    cap: seconds that a call has if its client set no deadline, or a later one.
    """

    def __init__(self, cap: float) -> None:
        self._cap = cap

    def around(self, call: ServerCall) -> "_Budget":
        """See `Interceptor`."""
        return _Budget(call, self._cap)


class _Budget:
    __slots__ = ("_call", "_cap")

    def __init__(self, call: ServerCall, cap: float) -> None:
        self._call = call
        self._cap = cap

    def __enter__(self) -> None:
        left = self._call.time_left
        if left is not None and left <= 0:
            self._call.refuse(_LATE)
        open_budget(self._cap if left is None else min(left, self._cap))

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        pass
