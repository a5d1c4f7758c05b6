"""A server that its own process calls, on threads and on asyncio."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from chassis.address import ListenError
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.call import RpcKind
from chassis.interceptors.peer_authorization import PeerAuthorization
from chassis.testing.four_kinds import ask, four_kinds, start
from chassis.testing.running import BOTH, MakeServer, running, threaded_server
from chassis.testing.waiting import wait_until
from chassis.tls.allowed_peers import AllowedPeers
from chassis.workers.private_listener import PrivateListener
from chassis.workers.self_check import SelfCheck

WAIT = 30.0
BRIEF = 0.2


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


@pytest.fixture()
def listener(tmp_path: Path) -> PrivateListener:
    return PrivateListener(tmp_path, "1")


def echo(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
    return requests


class Check:
    """The answers that were given, and a way to ask for one."""

    def __init__(self, listener: PrivateListener) -> None:
        self._listener = listener
        self._answered = threading.Semaphore(0)
        self.moves = True
        self.now = 1000.0

    @contextmanager
    def running(self, call_seconds: float = WAIT) -> Iterator[None]:
        self._check = SelfCheck(
            lambda: self._listener.address,
            lambda: self.moves,
            self._answered.release,
            patience_seconds=30.0,
            call_seconds=call_seconds,
            clock=lambda: self.now,
        )
        with self._check:
            yield

    def ask(self) -> None:
        self._check.ask()

    def is_answered(self, seconds: float = WAIT) -> bool:
        return self._answered.acquire(timeout=seconds)


@pytest.mark.parametrize("well", [True, False])
def test_a_server_that_answers_has_answered_once_for_each_question(
    make_server: MakeServer, listener: PrivateListener, well: bool
) -> None:
    """Whether what it needs is well or not: that is no reason to end it."""
    board = HealthBoard({OVERALL: {"store"}})
    board.report("store", well=well)
    check = Check(listener)
    server = make_server(listener.added_to([four_kinds(echo)]), board=board)
    with running(server), check.running():
        for _ in range(2):
            check.ask()
            assert check.is_answered()
    assert not check.is_answered(0)


def test_the_port_is_served_as_ever(make_server: MakeServer, listener: PrivateListener) -> None:
    server = make_server(listener.added_to([four_kinds(echo)]))
    with running(server) as address:
        for each in (address, listener.address):
            with grpc.insecure_channel(each) as channel:
                assert (b"word",) == ask(channel, RpcKind.UNARY, [b"word"]).responses


def test_nobody_else_may_be_asked_than_health(
    make_server: MakeServer, listener: PrivateListener
) -> None:
    """Where peers are authorized, who comes over the private socket is nobody."""
    authorization = PeerAuthorization(AllowedPeers.parse("* = dns:shop"))
    check = Check(listener)
    server = make_server(listener.added_to([four_kinds(echo)]), [authorization])
    with running(server) as address, check.running():
        check.ask()
        assert check.is_answered()
        for each in (address, listener.address):
            with grpc.insecure_channel(each) as channel:
                assert ask(channel, RpcKind.UNARY).code is not grpc.StatusCode.OK
        with grpc.insecure_channel(address) as channel:
            untyped: Any = channel
            health = untyped.unary_unary("/grpc.health.v1.Health/Check").future(b"")
            assert health.code() is not grpc.StatusCode.OK


def test_a_server_that_does_not_listen_yet_answers_later(
    make_server: MakeServer, listener: PrivateListener
) -> None:
    check = Check(listener)
    with ExitStack() as stack:
        stack.enter_context(check.running())
        check.ask()
        assert not check.is_answered(BRIEF)
        stack.enter_context(running(make_server(listener.added_to([four_kinds(echo)]))))
        assert check.is_answered()


def test_the_successor_of_a_server_is_asked(
    make_server: MakeServer, listener: PrivateListener
) -> None:
    """The end of the former, which takes its socket along, comes later."""
    check = Check(listener)
    services = listener.added_to([four_kinds(echo)])
    with ExitStack() as stack:
        former = stack.enter_context(ExitStack())
        former.enter_context(running(make_server(services)))
        stack.enter_context(running(make_server(services)))
        stack.enter_context(check.running())
        former.close()
        check.ask()
        assert check.is_answered()


def test_a_loop_that_is_blocked_does_not_answer_until_it_turns_again(
    listener: PrivateListener,
) -> None:
    make_server = BOTH[1]
    blocked, go_on = threading.Event(), threading.Event()

    async def block() -> None:
        blocked.set()
        go_on.wait(WAIT)

    def body(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.on_loop(block())
        return requests

    check = Check(listener)
    with (
        running(make_server(listener.added_to([four_kinds(body)]))) as address,
        grpc.insecure_channel(address) as channel,
        check.running(),
    ):
        call = start(channel, RpcKind.UNARY)
        try:
            assert blocked.wait(WAIT)
            check.ask()
            assert not check.is_answered(BRIEF)
        finally:
            go_on.set()
        assert check.is_answered()
        assert grpc.StatusCode.OK is call.code()


def test_a_line_that_does_not_move_is_no_answer_when_patience_is_over(
    listener: PrivateListener,
) -> None:
    check = Check(listener)
    with running(threaded_server(listener.added_to([four_kinds(echo)]))), check.running():
        check.moves = False
        check.now += 30.0
        check.ask()
        assert check.is_answered()
        check.now += 0.1
        check.ask()
        assert not check.is_answered(BRIEF)
        check.moves = True
        assert check.is_answered()


def test_whether_the_line_moves_is_known_of_threads(listener: PrivateListener) -> None:
    began, go_on = threading.Semaphore(0), threading.Event()

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        began.release()
        go_on.wait(WAIT)
        return requests

    server = threaded_server([four_kinds(body)])
    with running(server) as address, grpc.insecure_channel(address) as channel:
        assert server.has_moved()
        calls = [start(channel, RpcKind.UNARY) for _ in range(4)]  # As many as it has threads.
        try:
            assert all(began.acquire(timeout=WAIT) for _ in calls)
            calls.append(start(channel, RpcKind.UNARY))
            wait_until(lambda: not server.has_moved(), WAIT)
            assert not server.has_moved()
        finally:
            go_on.set()
        assert {grpc.StatusCode.OK} == {call.code() for call in calls}
        assert server.has_moved()
        assert server.has_moved()


def test_its_end_does_not_wait_for_an_answer(listener: PrivateListener) -> None:
    """Here the server was made and never started, so that calls wait."""
    server = threaded_server(listener.added_to([four_kinds(echo)]))
    check = Check(listener)
    with check.running(call_seconds=3600.0):
        check.ask()
        assert not check.is_answered(BRIEF)
    assert "self-check" not in {thread.name for thread in threading.enumerate()}
    server.stop(0).wait(WAIT)
    server.close()


def test_a_socket_that_cannot_be_is_an_error_that_names_it(
    make_server: MakeServer, tmp_path: Path
) -> None:
    listener = PrivateListener(tmp_path / "missing", "1")
    with pytest.raises(ListenError, match=r"cannot listen on unix:.*/missing/1\.1"):
        make_server(listener.added_to([four_kinds(echo)]))
