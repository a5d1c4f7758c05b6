"""Calls begin with a budget of time, and not at all when theirs is spent."""

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

    def begin(self, call: ServerCall) -> None:
        """See `Interceptor`."""
        left = call.time_left
        if left is not None and left <= 0:
            call.refuse(_LATE)
        open_budget(self._cap if left is None else min(left, self._cap))
