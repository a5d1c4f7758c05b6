"""What is counted of calls that we make, on both kinds of channel and all kinds of call."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.channel import ChannelSettings, Retries, open_channel
from chassis.interceptors.call import RpcKind
from chassis.interceptors.client_aio import aio_interceptors
from chassis.interceptors.client_threads import intercepted
from chassis.metrics.buckets import LATENCY_BUCKETS
from chassis.metrics.client_calls import ClientCallMetrics
from chassis.testing.aio_client import aio_ask
from chassis.testing.bodies import echo, failing, hanging
from chassis.testing.counted_calls import Counts
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Body, ask, four_kinds, start
from chassis.testing.running import running, threaded_server
from chassis.testing.waiting import wait_until

WAIT = 60.0
HOST = "127.0.0.1"
all_kinds = pytest.mark.parametrize("kind", RpcKind)

Call = Callable[[str, ClientCallMetrics, RpcKind], object]


def on_threads(address: str, metrics: ClientCallMetrics, kind: RpcKind) -> object:
    with grpc.insecure_channel(address) as channel:
        return ask(intercepted(channel, [metrics]), kind)


def on_asyncio(address: str, metrics: ClientCallMetrics, kind: RpcKind) -> object:
    async def call() -> object:
        options = aio_interceptors([metrics])
        async with grpc.aio.insecure_channel(address, interceptors=options) as channel:
            return await aio_ask(channel, kind)

    return asyncio.run(call())


@pytest.fixture(params=[on_threads, on_asyncio], ids=["threads", "asyncio"])
def call(request: pytest.FixtureRequest) -> Call:
    made: Call = request.param
    return made


class Counted(Counts):
    """A registry, and what fills it."""

    def __init__(self) -> None:
        super().__init__("client")
        self.metrics = ClientCallMetrics(self.registry)


@all_kinds
@pytest.mark.parametrize(("body", "code"), [(echo, "OK"), (failing, "NOT_FOUND")])
def test_calls_are_counted_by_method_and_code(
    kind: RpcKind, body: Body, code: str, call: Call
) -> None:
    counted = Counted()
    with running(threaded_server([four_kinds(body)])) as address:
        for _ in range(3):
            call(address, counted.metrics, kind)
    wait_until(lambda: counted.codes(kind) == {code: 3.0})
    assert 3 == counted.value("grpc_client_started_total", kind)
    assert 3 == counted.value("grpc_client_handling_seconds_count", kind)
    assert 0 == counted.value("grpc_client_in_flight", kind)


@all_kinds
def test_a_call_is_in_flight_until_its_caller_cancels_it(kind: RpcKind) -> None:
    counted = Counted()
    with (
        running(threaded_server([four_kinds(hanging)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        begun = start(intercepted(channel, [counted.metrics]), kind)
        assert 1 == counted.value("grpc_client_in_flight", kind)
        assert {} == counted.codes(kind)
        begun.cancel()
        wait_until(lambda: counted.codes(kind) == {"CANCELLED": 1.0})
    assert 0 == counted.value("grpc_client_in_flight", kind)


@pytest.mark.parametrize("kind", [RpcKind.SERVER_STREAM, RpcKind.BIDI_STREAM])
def test_a_stream_that_nobody_reads_to_its_end_is_cancelled(kind: RpcKind) -> None:
    counted = Counted()
    with (
        running(threaded_server([four_kinds(hanging)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        responses = start(intercepted(channel, [counted.metrics]), kind)
        assert b"first" == next(responses)
        del responses
        wait_until(lambda: counted.codes(kind) == {"CANCELLED": 1.0})
    assert 0 == counted.value("grpc_client_in_flight", kind)


@all_kinds
def test_a_call_that_runs_out_of_time_is_counted_once(kind: RpcKind) -> None:
    counted = Counted()
    with (
        running(threaded_server([four_kinds(hanging)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        ask(intercepted(channel, [counted.metrics]), kind, timeout=0.1)
        wait_until(lambda: counted.codes(kind) == {"DEADLINE_EXCEEDED": 1.0})
    assert 0 == counted.value("grpc_client_in_flight", kind)


def test_a_call_that_grpc_tries_again_is_one_call() -> None:
    """Its caller sees one, and so do we; the server sees each."""
    tries: list[int] = []

    def third_time_lucky(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        tries.append(1)
        if len(tries) < 3:
            context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
        yield from requests

    kind = RpcKind.UNARY
    counted = Counted()
    retries = Retries([f"{SERVICE_NAME}/{METHODS[kind]}"], attempts=3)
    # A connection that is given up would be a try that the server does not see.
    settings = ChannelSettings(retries=retries, connect_seconds=WAIT)
    with (
        running(threaded_server([four_kinds(third_time_lucky)])) as address,
        open_channel(HOST, int(address.rpartition(":")[2]), settings) as channel,
    ):
        ask(intercepted(channel, [counted.metrics]), kind)
    assert 3 == len(tries)
    wait_until(lambda: counted.codes(kind) == {"OK": 1.0})
    assert 1 == counted.value("grpc_client_started_total", kind)
    assert 1 == counted.value("grpc_client_handling_seconds_count", kind)


def test_a_call_that_finds_no_server_is_counted() -> None:
    counted = Counted()
    with grpc.insecure_channel(f"{HOST}:1") as channel:
        ask(intercepted(channel, [counted.metrics]), RpcKind.UNARY)
    wait_until(lambda: counted.codes(RpcKind.UNARY) == {"UNAVAILABLE": 1.0})


def test_the_time_that_passed_is_in_its_bucket() -> None:
    kind = RpcKind.UNARY
    counted = Counted()
    times = iter([100.0, 100.03])
    registry = counted.registry = CollectorRegistry()
    metrics = ClientCallMetrics(registry, lambda: next(times))
    with running(threaded_server([four_kinds(echo)])) as address:
        on_threads(address, metrics, kind)
        wait_until(lambda: counted.codes(kind) == {"OK": 1.0})
    name = "grpc_client_handling_seconds_bucket"
    inside = [counted.value(name, kind, le=str(le)) for le in LATENCY_BUCKETS]
    assert [0.0 if le < 0.03 else 1.0 for le in LATENCY_BUCKETS] == inside
