"""Spans of calls that arrive, on both kinds of server and all kinds of call."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.health_messages import SERVICE_NAME as HEALTH
from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import Refused, RpcKind, Status
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.status import StatusMapping, public
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Body, ask, four_kinds, start
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, connected
from chassis.testing.traced import Traced, traced

WAIT = 60.0
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SECRET = "SELECT card FROM readers"  # noqa: S105 - what must not leak.
all_kinds = pytest.mark.parametrize("kind", RpcKind)
both = pytest.fixture(params=BOTH, ids=["threads", "asyncio"])


@both
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


@pytest.fixture()
def to() -> Iterator[Traced]:
    with traced() as made:
        yield made


def chain(to: Traced, log: RecordingLog | None = None) -> list[Interceptor]:
    logger = (log or RecordingLog()).logger
    return [
        to.tracing.of_server(quiet={HEALTH}),
        AccessLog(logger),
        StatusMapping({KeyError: public(grpc.StatusCode.NOT_FOUND)}, logger),
    ]


def echo(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
    yield from requests


def raising(error: Exception) -> Body:
    def body(_: Iterator[bytes], __: Any) -> Iterator[bytes]:
        raise error

    return body


@all_kinds
def test_a_call_gives_a_span_named_by_its_method(
    kind: RpcKind, make_server: MakeServer, to: Traced
) -> None:
    with connected(make_server([four_kinds(echo)], chain(to))) as channel:
        assert (b"request",) == ask(channel, kind).responses
        (span,) = to.collector.wait_for()
    method = f"{SERVICE_NAME}/{METHODS[kind]}"
    assert (method, "SERVER", "tested") == (span.name, span.kind, span.service)
    assert "" == span.parent_id
    assert {
        "rpc.system.name": "grpc",
        "rpc.method": method,
        "rpc.response.status_code": "OK",
    } == span.attributes
    assert not span.failed


@all_kinds
def test_a_span_is_a_child_of_its_clients(
    kind: RpcKind, make_server: MakeServer, to: Traced
) -> None:
    with connected(make_server([four_kinds(echo)], chain(to))) as channel:
        ask(channel, kind, metadata=[("traceparent", f"00-{TRACE}-{PARENT}-01")])
        (span,) = to.collector.wait_for()
    assert (TRACE, PARENT) == (span.trace_id, span.parent_id)


def test_a_call_whose_client_is_not_recorded_is_not_either(
    make_server: MakeServer, to: Traced
) -> None:
    """Nor do its lines in the log name a trace that nobody would find."""
    log = RecordingLog()
    with connected(make_server([four_kinds(echo)], chain(to, log))) as channel:
        ask(channel, RpcKind.UNARY, metadata=[("traceparent", f"00-{TRACE}-{PARENT}-00")])
        (line,) = log.wait_for("call")
        ask(channel, RpcKind.UNARY)
        (span,) = to.collector.wait_for()
    assert TRACE != span.trace_id
    assert "trace_id" not in line


@all_kinds
def test_lines_of_the_log_name_the_span(kind: RpcKind, make_server: MakeServer, to: Traced) -> None:
    """The access line, and that of an exception."""
    log = RecordingLog()
    server = make_server([four_kinds(raising(ValueError()))], chain(to, log))
    with connected(server) as channel:
        ask(channel, kind)
        (access,) = log.wait_for("call")
        (raised,) = log.wait_for("call raised")
        (span,) = to.collector.wait_for()
    for line in (access, raised):
        assert (span.trace_id, span.span_id) == (line["trace_id"], line["span_id"])


@all_kinds
@pytest.mark.parametrize(
    ("error", "code", "error_type"),
    [
        (ValueError(SECRET), "INTERNAL", "ValueError"),
        (KeyError(SECRET), "NOT_FOUND", None),
        (Refused(Status(grpc.StatusCode.UNAVAILABLE, SECRET)), "UNAVAILABLE", "UNAVAILABLE"),
    ],
    ids=["a defect", "an error in the table", "a refusal"],
)
def test_a_failure_is_told_by_code_and_class_and_never_by_its_text(
    kind: RpcKind,
    make_server: MakeServer,
    to: Traced,
    error: Exception,
    code: str,
    error_type: str | None,
) -> None:
    """What is the caller's own doing is no error of the server."""
    server = make_server([four_kinds(raising(error))], chain(to))
    with connected(server) as channel:
        ask(channel, kind, [SECRET.encode()], metadata=[("x-content", SECRET)])
        (span,) = to.collector.wait_for()
    assert code == span.attributes["rpc.response.status_code"]
    assert error_type == span.attributes.get("error.type")
    assert (error_type is not None) == span.failed
    assert "" == span.status_text
    assert SECRET.encode() not in span.wire


@all_kinds
def test_a_span_ends_when_the_client_cancels(
    kind: RpcKind, make_server: MakeServer, to: Traced
) -> None:
    reached, ended = threading.Event(), threading.Event()

    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(ended.set)
        reached.set()
        assert ended.wait(WAIT)
        yield b""

    with connected(make_server([four_kinds(body)], chain(to))) as channel:
        call = start(channel, kind)
        assert reached.wait(WAIT)
        call.cancel()
        (span,) = to.collector.wait_for()
    assert "CANCELLED" == span.attributes["rpc.response.status_code"]
    assert not span.failed


def test_a_method_that_does_not_exist_names_no_span(make_server: MakeServer, to: Traced) -> None:
    """Or anybody could fill the collector with names."""
    with connected(make_server([], chain(to))) as channel:
        untyped: Any = channel
        untyped.unary_unary("/Invented.Service/Method").future(b"").code()
        (span,) = to.collector.wait_for()
    assert ("grpc", "_OTHER") == (span.name, span.attributes["rpc.method"])
    assert "UNIMPLEMENTED" == span.attributes["rpc.response.status_code"]
    assert b"Invented" not in span.wire


def test_health_has_no_spans(make_server: MakeServer, to: Traced) -> None:
    with connected(make_server([four_kinds(echo)], chain(to))) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        stub.Check(health_pb2.HealthCheckRequest(), timeout=WAIT)
        ask(channel, RpcKind.UNARY)
        (span,) = to.collector.wait_for()
    assert span.name.startswith(SERVICE_NAME)


def test_each_call_has_a_trace_of_its_own(make_server: MakeServer, to: Traced) -> None:
    """Nothing of a call stays behind on the thread or in the loop."""
    with connected(make_server([four_kinds(echo)], chain(to))) as channel:
        for _ in range(20):
            ask(channel, RpcKind.UNARY)
        spans = to.collector.wait_for(20)
    assert 20 == len({span.trace_id for span in spans})
    assert {""} == {span.parent_id for span in spans}
