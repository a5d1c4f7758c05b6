"""The bounds of the service, as a process whose every thread and place is taken."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_status import rpc_status

from chassis.testing.waiting import wait_until
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations import v1_servicer
from recommendations.testing.calls import OpenCall, connect, health
from recommendations.testing.variants import Variant

WAIT = 60.0
LIMIT = 4
OK = grpc.StatusCode.OK
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


def recommend(channel: grpc.Channel, **fields: Any) -> Any:
    """Call to the end; give the call."""
    request = v1.RecommendRequest(category=v1.BOOK_CATEGORY_FANTASY, **fields)
    call = RecommendationsServiceStub(channel).Recommend.future(request, timeout=WAIT)
    call.code()
    return call


@contextmanager
def full(variant: Variant) -> Iterator[tuple[grpc.Channel, list[OpenCall]]]:
    """A channel to a process that has as many calls as it takes, and threads for no more."""
    limits = {"SERVER_THREADS": str(LIMIT), "MAX_CALLS": str(LIMIT)}
    with variant.process(**limits) as service, connect(service.port()) as channel:
        held = [OpenCall(channel) for _ in range(LIMIT)]
        with ExitStack() as at_end:
            for each in held:
                at_end.callback(each.let_go)
            yield channel, held


def test_one_call_too_many_is_refused_at_once_and_told_when_to_come_back(variant: Variant) -> None:
    with full(variant) as (channel, held):
        refused = recommend(channel)
        assert (EXHAUSTED, "too many calls at once") == (refused.code(), refused.details())
        status = rpc_status.from_call(refused)
        assert status is not None
        hint = RetryInfo()
        assert status.details[0].Unpack(hint)
        assert 1 == hint.retry_delay.seconds
        assert ("grpc-retry-pushback-ms", "1000") in list(refused.trailing_metadata())
        assert [1] * LIMIT == [each.finish() for each in held]
        # A call counts until the server is done with it, a moment after its client is.
        wait_until(lambda: OK == recommend(channel).code(), WAIT)


def test_health_is_answered_however_many_are_refused(variant: Variant) -> None:
    """Every thread is busy, every place is taken, and callers come back as fast as they can."""
    with full(variant) as (channel, _):
        enough = threading.Event()
        codes: list[grpc.StatusCode] = []

        def hammer() -> None:
            while not enough.is_set():
                codes.append(recommend(channel).code())

        callers = [threading.Thread(target=hammer) for _ in range(8)]
        with ExitStack() as at_end:
            for each in callers:
                each.start()
                at_end.callback(each.join, WAIT)
            at_end.callback(enough.set)
            answers = {health(channel) for _ in range(100)}
        assert {HealthCheckResponse.SERVING} == answers
        assert {EXHAUSTED} == set(codes)
        assert len(codes) >= len(callers)


@pytest.mark.parametrize(("size", "code"), [(900, OK), (2000, EXHAUSTED)])
def test_requests_are_bounded_and_the_connection_goes_on(
    variant: Variant, size: int, code: grpc.StatusCode
) -> None:
    with (
        variant.process(MAX_REQUEST_BYTES="1024") as service,
        connect(service.port()) as channel,
    ):
        untyped: Any = channel
        path = f"/{v1_servicer.SERVICE_NAME}/Recommend"
        request = v1.RecommendRequest(category=v1.BOOK_CATEGORY_FANTASY).SerializeToString()
        # A field that nobody knows, number 100.
        padding = b"\xa2\x06" + bytes((size & 0x7F | 0x80, size >> 7)) + b"x" * size
        assert code == untyped.unary_unary(path).future(request + padding, timeout=WAIT).code()
        assert OK == recommend(channel).code()
