"""Calls on behalf of a request have what is left of its time, and no more."""

import grpc

from chassis.deadline import time_left
from chassis.interceptors.call import Refused, Status
from chassis.interceptors.client import ClientCall

_NO_TIME = Status(grpc.StatusCode.DEADLINE_EXCEEDED, "no time is left for the call")


class RemainingTime:
    """Bounds each call by the present budget, less a margin; see `chassis.deadline`.

    So the deadline that a client sets shrinks along a chain of services, and each can still answer
    the one before. A call for which nothing is left ends as DEADLINE_EXCEEDED, and reaches nobody.
    Outside of a request nothing is bounded.

    margin: seconds that are kept back, to make an answer of what the call gives.
    """

    def __init__(self, margin: float) -> None:
        self._margin = margin

    def begin(self, call: ClientCall) -> None:
        """See `ClientInterceptor`."""
        left = time_left(self._margin)
        if left == 0:
            raise Refused(_NO_TIME)
        if left is not None and (call.timeout is None or left < call.timeout):
            call.timeout = left
