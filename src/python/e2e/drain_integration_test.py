"""A request in flight when a service is told to stop is still answered; later ones are not."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import pytest

from e2e.conftest import Start
from e2e.gate import gate_before
from e2e.service_process import HOST, MARKETPLACE, RECOMMENDATIONS, ServiceProcess
from e2e.tutorial_client import METHOD, TutorialClient

SECONDS = 60.0
# What gRPC says to a call that was on its way as its server stopped, and to those after it.
REFUSALS = (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
# RecommendationRequest{max_results: 3}; its answer begins with field 1, a message.
REQUEST = b"\x18\x03"


def first_refusal(client: TutorialClient) -> grpc.RpcError:
    """Call until a call fails: the line in the log comes a moment before the server stops."""
    give_up = time.monotonic() + SECONDS
    while time.monotonic() < give_up:
        try:
            client.recommend(max_results=1)
        except grpc.RpcError as error:
            return error
    raise AssertionError("calls are still answered")


def test_a_call_in_flight_is_answered_after_sigterm(start: Start) -> None:
    """The call is slow because its client sends the headers first and the message later."""
    service = start(RECOMMENDATIONS).wait_until_ready()
    release = threading.Event()

    def late_message() -> Iterator[bytes]:
        release.wait(SECONDS)
        yield REQUEST

    with grpc.insecure_channel(service.address()) as channel:
        # While there is no connection, calls stand in no order.
        grpc.channel_ready_future(channel).result(SECONDS)
        slow: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(METHOD)
        call = slow.future(late_message(), timeout=SECONDS)
        # Later on the same connection, so once it is answered the slow call has arrived.
        TutorialClient(channel).recommend(max_results=1)

        service.send(signal.SIGTERM)
        service.wait_for_log('"stopping"')
        refusal = first_refusal(TutorialClient(channel))
        assert not call.done()
        release.set()
        assert b"\x0a" == call.result()[:1]
    assert refusal.code() in REFUSALS
    assert 0 == service.exit_code()


def test_a_call_that_outlives_the_grace_period_does_not_hold_up_the_end(start: Start) -> None:
    service = start(RECOMMENDATIONS, GRACE_SECONDS="0.2").wait_until_ready()
    never = threading.Event()

    def no_message() -> Iterator[bytes]:
        never.wait(SECONDS)
        yield REQUEST

    with grpc.insecure_channel(service.address()) as channel:
        grpc.channel_ready_future(channel).result(SECONDS)
        slow: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(METHOD)
        call = slow.future(no_message(), timeout=SECONDS)
        TutorialClient(channel).recommend(max_results=1)
        service.send(signal.SIGTERM)
        assert 0 == service.exit_code()
        never.set()
        assert call.exception() is not None


def test_a_page_in_flight_is_answered_after_sigterm(
    start: Start, recommendations: ServiceProcess
) -> None:
    """The page is slow because its call to the recommendations is held up on the way."""
    with gate_before(recommendations.address(), HOST) as (gate, gate_port):
        shop = start(
            MARKETPLACE,
            RECOMMENDATIONS_HOST=f"{HOST}:{gate_port}",
            RECOMMENDATIONS_DEADLINE_SECONDS="10",
        ).wait_until_ready()
        url = f"http://{HOST}:{shop.port()}/"
        with ThreadPoolExecutor(1) as threads:
            page = threads.submit(httpx.get, url, timeout=SECONDS, trust_env=False)
            gate.wait_for_arrival()
            shop.send(signal.SIGTERM)
            shop.wait_for_log("Handling signal: term")
            gate.open()
            assert 200 == page.result(SECONDS).status_code
            assert 3 == page.result().text.count("<li>")
        assert 0 == shop.exit_code()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
