"""One call to the recommendations service: its deadline, its id, and what its errors mean."""

from typing import TypeVar

import grpc
from google.protobuf.message import Message

from chassis.deadline import Budget
from marketplace.errors import (
    NoRecommendations,
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsRefused,
    RecommendationsTooOld,
    RecommendationsTooSlow,
)

REQUEST_ID = "x-request-id"

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

_ERRORS: dict[grpc.StatusCode, type[NoRecommendations]] = {
    grpc.StatusCode.UNAVAILABLE: RecommendationsDown,
    grpc.StatusCode.RESOURCE_EXHAUSTED: RecommendationsDown,
    grpc.StatusCode.CANCELLED: RecommendationsDown,
    grpc.StatusCode.ABORTED: RecommendationsDown,
    grpc.StatusCode.DEADLINE_EXCEEDED: RecommendationsTooSlow,
    grpc.StatusCode.UNIMPLEMENTED: RecommendationsTooOld,
}
"""All other codes are RecommendationsRefused."""

_MAX_DETAIL = 200


class Call:
    """How a call is made on behalf of a page.

    deadline_seconds: how long an answer may take, retries included, if the caller can wait as long.
    """

    def __init__(self, deadline_seconds: float, request_id: str, budget: Budget) -> None:
        self._deadline_seconds = deadline_seconds
        self._request_id = request_id
        self._budget = budget

    def make(
        self, method: "grpc.UnaryUnaryMultiCallable[Request, Response]", request: Request
    ) -> Response:
        """Make it and give the answer. Raises NoRecommendations, from the error if there is one."""
        seconds = min(self._deadline_seconds, self._budget.left_seconds())
        if seconds <= 0:
            raise NoTimeLeft("nothing was asked")
        try:
            return method(request, timeout=seconds, metadata=((REQUEST_ID, self._request_id),))
        except grpc.RpcError as error:
            failure = _translated(error)
            if isinstance(failure, RecommendationsTooSlow) and seconds < self._deadline_seconds:
                raise NoTimeLeft(str(failure)) from error
            raise failure from error


def is_not_found(failure: NoRecommendations) -> bool:
    """Tell whether a call failed because what it asked for is not there."""
    cause = failure.__cause__
    return isinstance(cause, grpc.RpcError) and cause.code() is grpc.StatusCode.NOT_FOUND


def _translated(error: grpc.RpcError) -> NoRecommendations:
    code = error.code()
    kind = _ERRORS.get(code, RecommendationsRefused)
    return kind(f"{code.name}: {(error.details() or '')[:_MAX_DETAIL]}")
