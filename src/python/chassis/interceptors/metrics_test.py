"""What is counted of calls, on both kinds of server and all kinds of call."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.interceptors.call import Refused, RpcKind, ServerCall, Status
from chassis.interceptors.metrics import CallMetrics
from chassis.metrics.buckets import LATENCY_BUCKETS
from chassis.metrics.process_files import ProcessFiles
from chassis.service import Service
from chassis.testing.counted_calls import Counted
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Body, ask, four_kinds
from chassis.testing.running import BOTH, MakeServer, aio_server, connected

WAIT = 30.0
all_kinds = pytest.mark.parametrize("kind", RpcKind)


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def raising(error: Exception) -> Body:
    def body(_: Iterator[bytes], __: Any) -> Iterator[bytes]:
        raise error

    return body


def echo(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
    yield from requests


@all_kinds
def test_calls_are_counted_by_method_and_code(kind: RpcKind, make_server: MakeServer) -> None:
    counted = Counted()
    with connected(make_server([four_kinds(echo)], counted.interceptors)) as channel:
        for _ in range(3):
            ask(channel, kind)
        counted.log.wait_for("call", 3)
    assert 3 == counted.value("grpc_server_started_total", kind)
    assert 3 == counted.value("grpc_server_handled_total", kind, grpc_code="OK")
    assert 3 == counted.value("grpc_server_handling_seconds_count", kind)
    assert 0 == counted.value("grpc_server_in_flight", kind)


@all_kinds
def test_messages_of_streams_are_counted_either_way(kind: RpcKind, make_server: MakeServer) -> None:
    counted = Counted()

    def twice(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        for request in requests:
            yield request
            yield request

    with connected(make_server([four_kinds(twice)], counted.interceptors)) as channel:
        for _ in range(2):
            ask(channel, kind, [b"a", b"b", b"c"])
        counted.log.wait_for("call", 2)
    requests = 3 if kind.request_streaming else 1
    received = 2 * requests if kind.request_streaming else None
    sent = 2 * 2 * requests if kind.response_streaming else None
    assert received == counted.value("grpc_server_msg_received_total", kind)
    assert sent == counted.value("grpc_server_msg_sent_total", kind)


def test_messages_that_a_servicer_reads_and_writes_itself_are_counted() -> None:
    """As servicers on an event loop may."""
    counted = Counted()
    kind = RpcKind.BIDI_STREAM

    async def echo_itself(_: Any, context: Any) -> None:
        while (request := await context.read()) is not grpc.aio.EOF:
            await context.write(request)

    def add(_: object, server: Any) -> None:
        handlers: Any = {METHODS[kind]: grpc.stream_stream_rpc_method_handler(echo_itself)}
        generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
        server.add_generic_rpc_handlers((generic,))

    services = [Service(SERVICE_NAME, None, add)]
    with connected(aio_server(services, counted.interceptors)) as channel:
        assert (b"a", b"b") == ask(channel, kind, [b"a", b"b"]).responses
        counted.log.wait_for("call")
    assert 2 == counted.value("grpc_server_msg_received_total", kind)
    assert 2 == counted.value("grpc_server_msg_sent_total", kind)


@all_kinds
@pytest.mark.parametrize(
    ("error", "code", "exceptions"),
    [
        (ValueError(), "INTERNAL", 1),
        (KeyError(), "NOT_FOUND", 1),
        (Refused(Status(grpc.StatusCode.ABORTED, "no")), "ABORTED", None),
    ],
    ids=["a defect", "an error in the table", "a refusal"],
)
def test_failures_are_counted_by_code_and_exceptions_by_class(
    kind: RpcKind,
    make_server: MakeServer,
    error: Exception,
    code: str,
    exceptions: float | None,
) -> None:
    counted = Counted()
    with connected(make_server([four_kinds(raising(error))], counted.interceptors)) as channel:
        ask(channel, kind)
        counted.log.wait_for("call", seconds=WAIT)
    assert 1 == counted.value("grpc_server_handled_total", kind, grpc_code=code)
    name = type(error).__name__
    assert exceptions == counted.value("grpc_server_exceptions_total", kind, exception_type=name)


def test_methods_that_do_not_exist_share_one_label(make_server: MakeServer) -> None:
    """Or anybody could make the set of labels grow without end."""
    counted = Counted()
    with connected(make_server([], counted.interceptors)) as channel:
        untyped: Any = channel
        for number in range(5):
            untyped.unary_unary(f"/Invented.Service{number}/Method{number}").future(b"").code()
        counted.log.wait_for("call", 5)
    labels = {"grpc_type": "unknown", "grpc_service": "unknown", "grpc_method": "unknown"}
    value = counted.registry.get_sample_value
    assert 5 == value("grpc_server_started_total", labels)
    assert 5 == value("grpc_server_handled_total", {**labels, "grpc_code": "UNIMPLEMENTED"})
    samples = [each for family in counted.registry.collect() for each in family.samples]
    assert not any("Invented" in repr(sample) for sample in samples)


def test_calls_are_counted_however_many_were_noted_when_somebody_asks() -> None:
    """And nothing is counted twice: calls go on on other threads meanwhile."""
    registry = CollectorRegistry()
    metrics = CallMetrics(registry, notes=7)
    threads, each = 4, 500

    def make_calls() -> None:
        for _ in range(each):
            call = ServerCall("S", "M", True, RpcKind.UNARY, "peer", (), None, "abc-1")
            ended = metrics.begin(call)
            call.code = grpc.StatusCode.OK
            ended(None)

    callers = [threading.Thread(target=make_calls) for _ in range(threads)]
    for caller in callers:
        caller.start()
    labels = {"grpc_type": "unary", "grpc_service": "S", "grpc_method": "M"}
    value = registry.get_sample_value
    while any(caller.is_alive() for caller in callers):
        in_flight = value("grpc_server_in_flight", labels) or 0
        assert 0 <= in_flight <= threads
    for caller in callers:
        caller.join()
    assert threads * each == value("grpc_server_started_total", labels)
    assert threads * each == value("grpc_server_handled_total", {**labels, "grpc_code": "OK"})
    assert threads * each == value("grpc_server_handling_seconds_count", labels)
    assert 0 == value("grpc_server_in_flight", labels)


def test_what_other_processes_read_is_counted_at_once(tmp_path: Path) -> None:
    """Also because what a killed process has counted must not be lost."""
    files = ProcessFiles(tmp_path)
    labels = {"grpc_type": "unary", "grpc_service": "S", "grpc_method": "M"}
    value = files.registry().get_sample_value
    with files.kept_here():
        metrics = CallMetrics(CollectorRegistry())
        call = ServerCall("S", "M", True, RpcKind.UNARY, "peer", (), None, "abc-1")
        ended = metrics.begin(call)
        assert 1 == value("grpc_server_in_flight", labels)
        ended(None)
        assert 0 == value("grpc_server_in_flight", labels)
        assert 1 == value("grpc_server_handled_total", {**labels, "grpc_code": "INTERNAL"})


def test_the_time_that_passed_is_in_its_bucket(make_server: MakeServer) -> None:
    counted = Counted()
    registry = CollectorRegistry()
    times = iter([100.0, 100.03])
    metrics = CallMetrics(registry, clock=lambda: next(times))
    interceptors = [counted.interceptors[0], metrics]
    with connected(make_server([four_kinds(echo)], interceptors)) as channel:
        ask(channel, RpcKind.UNARY)
        counted.log.wait_for("call", seconds=WAIT)
    labels = {
        "grpc_type": "unary",
        "grpc_service": SERVICE_NAME,
        "grpc_method": METHODS[RpcKind.UNARY],
    }
    name = "grpc_server_handling_seconds_bucket"
    inside = [registry.get_sample_value(name, {**labels, "le": str(le)}) for le in LATENCY_BUCKETS]
    assert [0.0 if le < 0.03 else 1.0 for le in LATENCY_BUCKETS] == inside
