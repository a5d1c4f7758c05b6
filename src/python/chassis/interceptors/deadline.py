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
        left, cap = call.time_left, self._cap
        if left is None or left > cap:
            left = cap
        elif left <= 0:
            call.refuse(_LATE)
        open_budget(left)
