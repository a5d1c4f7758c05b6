"""Budgets of calls, on both kinds of server and all kinds of call."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import pytest

from chassis.deadline import time_left
from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind, ServerCall
from chassis.interceptors.chain import Chain, Interceptor
from chassis.interceptors.deadline import DeadlineBudget
from chassis.interceptors.status import StatusMapping
from chassis.server_options import ServerOptions
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask, four_kinds, start
from chassis.testing.http2_client import Http2Client
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, connected, running, threaded_server

WAIT = 60.0
CAP = 20.0
all_kinds = pytest.mark.parametrize("kind", RpcKind)


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def tell(_: Iterator[bytes], __: Any) -> Iterator[bytes]:
    """Answer with the seconds that are left."""
    yield str(time_left()).encode()


@all_kinds
@pytest.mark.parametrize(
    ("timeout", "low", "high"), [(None, CAP - 10, CAP), (3600.0, CAP - 10, CAP), (10.0, 0, 11)]
)
def test_a_servicer_knows_what_is_left(
    kind: RpcKind, make_server: MakeServer, timeout: float | None, low: float, high: float
) -> None:
    """Of what its client granted, and at most the cap."""
    with connected(make_server([four_kinds(tell)], [DeadlineBudget(CAP)])) as channel:
        answer = ask(channel, kind, timeout=timeout)
    assert low < float(answer.responses[0]) <= high


def test_a_call_that_comes_too_late_is_refused() -> None:
    log = RecordingLog()
    call = ServerCall("S", "M", True, RpcKind.UNARY, "peer", (), 0.0, "abc-1")
    chain = Chain([StatusMapping({}, log.logger), DeadlineBudget(CAP)])
    with ExitStack() as stack, pytest.raises(Exception, match="the deadline passed"):
        stack.enter_context(chain.around(call))
    assert grpc.StatusCode.DEADLINE_EXCEEDED == call.code
    assert [] == log.lines


def test_a_call_whose_time_runs_out_in_line_never_begins() -> None:
    """The one thread is busy until long after."""
    begun: list[bytes] = []
    release = threading.Event()
    reached = threading.Event()

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        begun.append(next(requests))
        reached.set()
        assert release.wait(WAIT)
        yield b""

    log = RecordingLog()
    interceptors: list[Interceptor] = [AccessLog(log.logger), DeadlineBudget(CAP)]
    server = threaded_server([four_kinds(body)], interceptors, options=ServerOptions(threads=1))
    with running(server) as address, grpc.insecure_channel(address) as channel:
        first = start(channel, RpcKind.UNARY, [b"first"])
        assert reached.wait(WAIT)
        host, _, port = address.rpartition(":")
        with Http2Client((host, int(port))) as client:
            # By the server's clock, which begins later than that of a client with a deadline.
            client.call(f"/{SERVICE_NAME}/{METHODS[RpcKind.UNARY]}", (b"grpc-timeout", b"100m"))
            client.wait_for_end()
        release.set()
        first.result(WAIT)
        assert grpc.StatusCode.OK == ask(channel, RpcKind.UNARY, [b"next in line"]).code
    assert [b"first", b"next in line"] == begun
