"""What the line of a call says, on all four kinds of call and however they end."""

import io
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from contextvars import copy_context
from typing import Any

import grpc
import pytest

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind, ServerCall
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.status import StatusMapping
from chassis.logs import GRPC_CALLS, configure_logs, get_logger
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask, four_kinds, start
from chassis.testing.http2_client import Http2Client
from chassis.testing.logging_state import logging_restored
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, connected, running
from chassis.testing.waiting import wait_until

all_kinds = pytest.mark.parametrize("kind", RpcKind)
streaming_kinds = pytest.mark.parametrize("kind", [k for k in RpcKind if k.response_streaming])
WAIT = 60.0


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def echo(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
    yield from requests


def both(log: RecordingLog) -> list[Interceptor]:
    return [AccessLog(log.logger), StatusMapping({}, log.logger)]


class Blocking:
    """A method that gives one response and then waits for the end of the call."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.ended = threading.Event()

    def __call__(self, _: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(self.ended.set)
        yield b"first"
        self.reached.set()
        assert self.ended.wait(WAIT)
        yield b"second"


@all_kinds
def test_a_call_gives_one_line(kind: RpcKind, make_server: MakeServer) -> None:
    log = RecordingLog()
    with connected(make_server([four_kinds(echo)], [AccessLog(log.logger)])) as channel:
        ask(channel, kind, timeout=60, metadata=[("x-request-id", "abc-1")])
        (line,) = log.wait_for("call")
    assert "info" == line["level"]
    assert SERVICE_NAME == line["grpc_service"]
    assert METHODS[kind] == line["grpc_method"]
    assert kind.value == line["grpc_type"]
    assert "OK" == line["grpc_code"]
    assert "abc-1" == line["request_id"]
    assert line["peer"].startswith("ipv4:127.0.0.1:")
    assert 0 <= line["duration_seconds"] < 60
    assert 0 < line["deadline_left_seconds"] < 62


def test_nothing_of_the_content_is_logged(make_server: MakeServer) -> None:
    log = RecordingLog()
    with connected(make_server([four_kinds(echo)], [AccessLog(log.logger)])) as channel:
        ask(channel, RpcKind.UNARY, [b"content"], metadata=[("authorization", "content")])
        log.wait_for("call")
    assert "content" not in repr(log.lines)


def test_a_call_without_a_deadline_has_none_left(make_server: MakeServer) -> None:
    log = RecordingLog()
    with connected(make_server([four_kinds(echo)], [AccessLog(log.logger)])) as channel:
        ask(channel, RpcKind.UNARY, timeout=None)
        (line,) = log.wait_for("call")
    assert line["deadline_left_seconds"] is None


def test_the_duration_is_what_passed_by_the_clock(make_server: MakeServer) -> None:
    log = RecordingLog()
    times = iter([100.0, 102.5])
    access_log = AccessLog(log.logger, clock=lambda: next(times))
    with connected(make_server([four_kinds(echo)], [access_log])) as channel:
        ask(channel, RpcKind.UNARY)
        (line,) = log.wait_for("call")
    assert 2.5 == line["duration_seconds"]


def test_lines_of_quiet_services_are_for_debugging(make_server: MakeServer) -> None:
    log = RecordingLog()
    access_log = AccessLog(log.logger, quiet={SERVICE_NAME})
    with connected(make_server([four_kinds(echo)], [access_log])) as channel:
        ask(channel, RpcKind.UNARY)
        (line,) = log.wait_for("call")
    assert "debug" == line["level"]


@all_kinds
def test_a_method_that_does_not_exist_gives_a_line(kind: RpcKind, make_server: MakeServer) -> None:
    """Whatever kind of call the client believes it to be."""
    log = RecordingLog()
    with connected(make_server([], [AccessLog(log.logger)])) as channel:
        answer = ask(channel, kind)
        (line,) = log.wait_for("call")
    assert grpc.StatusCode.UNIMPLEMENTED == answer.code
    assert "UNIMPLEMENTED" == line["grpc_code"]
    assert METHODS[kind] == line["grpc_method"]


def test_lines_of_the_servicer_carry_the_request_id(make_server: MakeServer) -> None:
    log = RecordingLog()

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        log.logger.info("within")
        yield from requests

    with connected(make_server([four_kinds(body)], [AccessLog(log.logger)])) as channel:
        for number in range(3):
            ask(channel, RpcKind.UNARY, metadata=[("x-request-id", f"abc-{number}")])
    assert ["abc-0", "abc-1", "abc-2"] == [line["request_id"] for line in log.lines_of("within")]


@pytest.mark.parametrize("bad", ["", " ", "a b", "ü", "x" * 129, "a\tb", '"', "{}"])
def test_an_odd_request_id_is_replaced(bad: str, make_server: MakeServer) -> None:
    log = RecordingLog()
    sent = bad.encode("utf-8").decode("latin-1")
    with connected(make_server([four_kinds(echo)], [AccessLog(log.logger)])) as channel:
        answer = ask(channel, RpcKind.UNARY, metadata=[("x-request-id", sent)])
        if answer.code is not grpc.StatusCode.OK:  # gRPC itself may refuse it.
            return
        (line,) = log.wait_for("call")
    assert [line["request_id"]] == answer.trailing("x-request-id")
    assert sent != line["request_id"]
    assert 32 == len(line["request_id"])


@all_kinds
def test_a_client_that_cancels_ends_the_call_as_cancelled(
    kind: RpcKind, make_server: MakeServer
) -> None:
    log = RecordingLog()
    body = Blocking()
    with connected(make_server([four_kinds(body)], both(log))) as channel:
        call = start(channel, kind)
        if kind.response_streaming:
            assert b"first" == next(call)
        assert body.reached.wait(WAIT)
        call.cancel()
        (line,) = log.wait_for("call")
    assert "CANCELLED" == line["grpc_code"]
    assert [] == log.lines_of("call raised")


@all_kinds
def test_a_client_that_goes_away_ends_the_call_as_cancelled(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """Its connection closes under a call in flight."""
    log = RecordingLog()
    body = Blocking()
    server = make_server([four_kinds(body)], [AccessLog(log.logger)])
    with connected(server) as channel:
        call = start(channel, kind)
        assert body.reached.wait(WAIT)
        channel.close()
        (line,) = log.wait_for("call")
        assert grpc.StatusCode.CANCELLED == call.code()
    assert "CANCELLED" == line["grpc_code"]


@all_kinds
def test_a_deadline_that_passes_ends_the_call_as_late(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """By the server's clock: this client does not cancel the call by its own, a moment before."""
    log = RecordingLog()
    body = Blocking()
    with running(make_server([four_kinds(body)], both(log))) as address, ExitStack() as clients:
        host, _, port = address.rpartition(":")
        # A call whose time is over before a thread has begun with it has no line.
        for seconds in (1, 10, 30):
            client = clients.enter_context(Http2Client((host, int(port))))
            timeout = b"%dS" % seconds
            client.call(f"/{SERVICE_NAME}/{METHODS[kind]}", (b"grpc-timeout", timeout))
            if body.reached.wait(seconds):
                break
        lines = log.wait_for("call")
    assert {"DEADLINE_EXCEEDED"} == {line["grpc_code"] for line in lines}
    assert [] == log.lines_of("call raised")


@pytest.mark.parametrize("kind", [RpcKind.CLIENT_STREAM, RpcKind.BIDI_STREAM])
def test_a_client_that_leaves_in_mid_request_is_no_error(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """What gRPC raises in the servicer that reads the requests is neither logged nor sent."""
    log = RecordingLog()
    read = threading.Event()
    go_on = threading.Event()

    def requests() -> Iterator[bytes]:
        yield b"first"
        go_on.wait(WAIT)

    def reading(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        for request in requests:
            read.set()
            yield request

    with connected(make_server([four_kinds(reading)], both(log))) as channel:
        call = start(channel, kind, requests())
        assert read.wait(WAIT)
        call.cancel()
        (line,) = log.wait_for("call")
        go_on.set()
    # To gRPC's thread server the end of the requests may come before the news why they ended.
    assert line["grpc_code"] in ("CANCELLED", "OK")
    assert [] == log.lines_of("call raised")


@streaming_kinds
def test_an_error_after_the_client_left_is_still_logged(
    kind: RpcKind, make_server: MakeServer
) -> None:
    log = RecordingLog()
    body = Blocking()

    def failing(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        try:
            yield from body(requests, context)
        finally:
            raise ValueError("a defect in the clean-up")

    with connected(make_server([four_kinds(failing)], both(log))) as channel:
        call = start(channel, kind)
        assert b"first" == next(call)
        call.cancel()
        log.wait_for("call")
    assert 1 == len(log.lines_of("call raised"))


class Sent(list[tuple[str, str | bytes]]):
    """Metadata of which one can tell whether they are still there."""


class Silent(io.StringIO):
    """Takes no line before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_write = threading.Event()

    def write(self, text: str, /) -> int:
        assert self.may_write.wait(WAIT)
        return super().write(text)


def test_a_line_that_is_still_to_be_written_keeps_nothing_that_the_client_sent() -> None:
    stream, sent = Silent(), Sent([("x-large", "x" * 10_000)])
    is_there = weakref.ref(sent)
    with logging_restored():
        configure_logs("INFO", "json", stream)
        call = ServerCall("shop.Shop", "Buy", True, RpcKind.UNARY, "peer", sent, None, "id")
        # As a server does, for each call.
        ended = copy_context().run(AccessLog(get_logger(GRPC_CALLS)).begin, call)
        assert ended
        ended(None)
        del sent, call, ended
        assert is_there() is None
        stream.may_write.set()
        wait_until(lambda: "shop.Shop" in stream.getvalue(), WAIT)
