"""The bound on calls at once, on both kinds of server."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from queue import Queue
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_status import rpc_status

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind
from chassis.server_options import ServerOptions
from chassis.testing.bodies import echo
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask, four_kinds, start
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, connected
from chassis.testing.waiting import wait_until

WAIT = 60.0
LIMIT = 5
OPTIONS = ServerOptions(threads=2, max_calls=LIMIT)

all_kinds = pytest.mark.parametrize("kind", RpcKind)
stub_of: Callable[[grpc.Channel], Any] = HealthStub


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


class Gate:
    """A method that waits until it is let go."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def __call__(self, requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        assert self.open.wait(2 * WAIT)
        yield from requests


def one_too_many(begin: Callable[[], Any]) -> tuple[list[Any], Any]:
    """Make one call more than the limit; give those that wait, and the one that was refused."""
    ended: Queue[Any] = Queue()
    calls = [begin() for _ in range(LIMIT + 1)]
    for call in calls:
        call.add_done_callback(ended.put)
    refused = ended.get(timeout=WAIT)
    return [call for call in calls if call is not refused], refused


@all_kinds
def test_one_call_too_many_is_refused_at_once(kind: RpcKind, make_server: MakeServer) -> None:
    """Whatever its kind, with a line of its own; and those before it go on."""
    gate, log = Gate(), RecordingLog()
    server = make_server([four_kinds(gate)], [AccessLog(log.logger)], options=OPTIONS)
    with connected(server) as channel, ExitStack() as at_end:
        at_end.callback(gate.open.set)
        admitted, _ = one_too_many(lambda: start(channel, RpcKind.UNARY))
        answer = ask(channel, kind, timeout=WAIT)
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == answer.code
        assert "too many calls at once" == answer.details
        gate.open.set()
        assert [b"request"] * LIMIT == [call.result(WAIT) for call in admitted]
        log.wait_for("call", LIMIT + 2)
    assert "RESOURCE_EXHAUSTED" in {line["grpc_code"] for line in log.lines}


@all_kinds
def test_a_call_that_is_refused_is_not_read(kind: RpcKind, make_server: MakeServer) -> None:
    """What cannot be decoded, and what would take time to, is refused for the same reason."""

    def fail(_: bytes) -> bytes:
        raise ValueError

    service = four_kinds(lambda requests, _: requests, deserialize=fail)
    server = make_server([service], options=ServerOptions(threads=2, max_calls=0))
    with connected(server) as channel:
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == ask(channel, kind, timeout=WAIT).code


def test_a_refusal_says_when_to_come_back(make_server: MakeServer) -> None:
    gate = Gate()
    server = make_server([four_kinds(gate)], options=OPTIONS)
    with connected(server) as channel, ExitStack() as at_end:
        at_end.callback(gate.open.set)
        admitted, refused = one_too_many(lambda: start(channel, RpcKind.UNARY))
        status = rpc_status.from_call(refused)
        assert status is not None
        hint = RetryInfo()
        assert status.details[0].Unpack(hint)
        assert 1 == hint.retry_delay.seconds
        assert ("grpc-retry-pushback-ms", "1000") in list(refused.trailing_metadata())
        assert not any(call.done() for call in admitted)


def test_calls_are_admitted_again_when_others_have_ended(make_server: MakeServer) -> None:
    gate = Gate()
    server = make_server([four_kinds(gate)], options=OPTIONS)
    with connected(server) as channel, ExitStack() as at_end:
        at_end.callback(gate.open.set)
        admitted, _ = one_too_many(lambda: start(channel, RpcKind.UNARY))
        gate.open.set()
        for call in admitted:
            call.result(WAIT)
        answers = [ask(channel, kind) for kind in RpcKind for _ in range(2 * LIMIT)]
    assert {grpc.StatusCode.OK} == {answer.code for answer in answers}


def test_cancelled_calls_make_room(make_server: MakeServer) -> None:
    """Those too that no thread had begun with."""

    def body(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        ended = threading.Event()
        is_there = context.add_callback(ended.set)
        if next(requests) == b"wait" and is_there:
            assert ended.wait(WAIT)
        yield b"response"

    server = make_server([four_kinds(body)], options=OPTIONS)
    with connected(server) as channel:
        for _ in range(3):
            calls = [start(channel, RpcKind.UNARY, [b"wait"]) for _ in range(2 * LIMIT)]
            for call in calls:
                call.cancel()
        wait_until(lambda: ask(channel, RpcKind.UNARY, [b"go"]).code is grpc.StatusCode.OK)


@pytest.mark.parametrize("kind", [kind for kind in RpcKind if not kind.request_streaming])
def test_calls_that_never_say_what_they_ask_for_count(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """Until they end; and no more of them are let in than of others."""
    with connected(make_server([four_kinds(echo)], options=OPTIONS)) as channel:
        untyped: Any = channel
        silent = threading.Event()
        call_of = untyped.stream_stream(f"/{SERVICE_NAME}/{METHODS[kind]}")
        calls, refused = one_too_many(lambda: call_of(saying_nothing(silent), timeout=60))
        for code_of_another in (refused.code(), code(channel)):
            assert grpc.StatusCode.RESOURCE_EXHAUSTED == code_of_another
        assert HealthCheckResponse.SERVING == stub_of(channel).Check(HealthCheckRequest()).status
        assert not any(call.done() for call in calls)
        for call in calls:
            call.cancel()
        wait_until(lambda: code(channel) is grpc.StatusCode.OK)
        silent.set()


def code(channel: grpc.Channel) -> grpc.StatusCode:
    return ask(channel, RpcKind.UNARY, timeout=WAIT).code


def saying_nothing(until: threading.Event) -> Iterator[bytes]:
    until.wait(2 * WAIT)
    yield from ()


def test_health_is_answered_however_many_calls_there_are(make_server: MakeServer) -> None:
    gate = Gate()
    server = make_server([four_kinds(gate)], options=OPTIONS)
    with connected(server) as channel, ExitStack() as at_end:
        at_end.callback(gate.open.set)
        admitted, _ = one_too_many(lambda: start(channel, RpcKind.UNARY))
        response = stub_of(channel).Check(HealthCheckRequest(), timeout=WAIT)
        assert HealthCheckResponse.SERVING == response.status
        assert not any(call.done() for call in admitted)
