"""A stop under load: calls in flight are finished, and who looks at health loses none."""

import json
import signal
import socket
import threading
from contextlib import ExitStack
from typing import Any

import grpc
from grpc_health.v1.health_pb2 import HealthCheckResponse

from chassis.testing.waiting import wait_until
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from recommendations import v1_servicer
from recommendations.testing.calls import LateCalls, connect, health
from recommendations.testing.variants import Variant

WAIT = 120.0
PATH = f"/{v1_servicer.SERVICE_NAME}/Recommend"
REQUEST = v1.RecommendRequest(category=v1.BOOK_CATEGORY_FANTASY).SerializeToString()
CHANNELS = 20
LATE_PER_CHANNEL = 5
# Enough for one process to hold half of the calls and serve others beside them.
THREADS = 128


DRAIN = "10"
"""More than a careful client may need from a look at health to the end of the call that follows."""


class Careful:
    """A client as a balancer makes one: it calls for as long as health says that it may."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self._calling = threading.Event()
        self.codes: list[grpc.StatusCode] = []
        self.thread = threading.Thread(target=self._call)
        self.thread.start()
        self._calling.wait(WAIT)

    def _call(self) -> None:
        untyped: Any = self._channel
        recommend = untyped.unary_unary(PATH)
        while health(self._channel) == HealthCheckResponse.SERVING:
            call = recommend.future(REQUEST, timeout=WAIT)
            self._calling.set()
            self.codes.append(call.code())


def test_200_calls_in_flight_survive_a_stop_and_so_do_those_of_careful_clients(
    variant: Variant,
) -> None:
    """Half of the 200 last until the drain has begun, half until the listener is closed."""
    late, later = LateCalls(PATH, REQUEST), LateCalls(PATH, REQUEST)
    limits = {"SERVER_THREADS": str(THREADS), "MAX_CALLS": "1000"}
    with (
        variant.process(DRAIN_SECONDS=DRAIN, GRACE_SECONDS=str(WAIT), **limits) as service,
        ExitStack() as stack,
    ):
        port = service.port()
        stack.callback(late.send)
        stack.callback(later.send)
        channels = [stack.enter_context(connect(port)) for _ in range(CHANNELS)]
        first, last = (
            [slow.start(channel) for channel in channels for _ in range(LATE_PER_CHANNEL)]
            for slow in (late, later)
        )
        for channel in channels:
            # Later on the same connection: once it is answered, the calls have arrived.
            assert HealthCheckResponse.SERVING == health(channel)
        careful = [Careful(stack.enter_context(connect(port))) for _ in range(4)]

        service.send(signal.SIGTERM)
        variant.wait_for_all(service, "draining")
        assert not any(call.done() for call in (*first, *last))
        late.send()
        for each in careful:
            each.thread.join(WAIT)
        variant.wait_for_all(service, "stopping")
        wait_until(lambda: takes_no_connection(port), WAIT)
        assert not any(call.done() for call in last)
        later.send()

        answered = [response_of(call) for call in (*first, *last)]
        assert 200 == len(answered)
        assert {10} == {len(response.recommendations) for response in answered}
        assert {grpc.StatusCode.OK} == {code for each in careful for code in each.codes}
        assert 0 == service.wait()
        assert "cancelling" not in service.log
        calls = [line for line in map(json.loads, service.log.splitlines()) if is_call(line)]
        assert 200 + sum(len(each.codes) for each in careful) == len(calls)
        expected = {1, 2} if variant.workers == 2 else {None}
        assert expected == {line.get("worker") for line in calls}


def test_it_is_unhealthy_at_once_and_goes_on_taking_calls_on_new_connections(
    variant: Variant,
) -> None:
    """Who balances needs a while to notice, and sends new clients until then."""
    with variant.process(DRAIN_SECONDS="3600") as service:
        port = service.port()
        with connect(port) as early:
            assert HealthCheckResponse.SERVING == health(early)
            service.send(signal.SIGTERM)
            variant.wait_for_all(service, "draining")
            for _ in range(10):
                with connect(port) as late:
                    assert HealthCheckResponse.NOT_SERVING == health(late)
                    assert grpc.StatusCode.OK == recommend(late)
            assert HealthCheckResponse.NOT_SERVING == health(early)
            assert grpc.StatusCode.OK == recommend(early)
        assert '"stopping"' not in service.log
        service.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == service.wait()


def takes_no_connection(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), WAIT):
            return False
    except ConnectionError:
        return True


def recommend(channel: grpc.Channel) -> grpc.StatusCode:
    untyped: Any = channel
    code: grpc.StatusCode = untyped.unary_unary(PATH).future(REQUEST, timeout=WAIT).code()
    return code


def is_call(line: dict[str, object]) -> bool:
    return line["event"] == "call"


def response_of(call: Any) -> v1.RecommendResponse:
    return v1.RecommendResponse.FromString(call.result(WAIT))
