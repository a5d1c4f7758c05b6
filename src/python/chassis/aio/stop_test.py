"""Calls that are there when a server stops."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import Handler, IncomingCall
from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask, start
from chassis.testing.http2_client import Http2Client
from chassis.testing.loop_serving import SECONDS, Serving, serving
from chassis.testing.many_calls import answered
from chassis.testing.waiting import wait_until

OK = 0
CALLS = 100
BIDI, UNARY = RpcKind.BIDI_STREAM, RpcKind.UNARY


async def answer(call: IncomingCall, request: bytes | None) -> None:
    call.finish(OK, response=request)


class Slow:
    """Serves calls that wait until they are let go, or cancelled."""

    def __init__(self, ignores_cancellation: bool = False) -> None:
        self._ignores_cancellation = ignores_cancellation
        self._release = asyncio.Event()
        self.begun = threading.Semaphore(0)
        self.cancelled = threading.Event()

    async def serve(self, call: IncomingCall, _: bytes | None) -> None:
        self.begun.release()
        try:
            await self._release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            if not self._ignores_cancellation:
                raise
            await self._release.wait()
        call.finish(OK, response=b"late")

    def release(self, running: Serving) -> None:
        running.thread.loop.call_soon_threadsafe(self._release.set)


def test_calls_in_flight_have_the_grace_period() -> None:
    slow = Slow()
    with serving(slow.serve, takes_one=True) as running:
        call = start(running.channel, UNARY, timeout=None)
        assert slow.begun.acquire(timeout=SECONDS)
        stopping = running.thread.submit(running.server.stop(60))
        terminated = running.thread.submit(running.server.wait_for_termination())
        assert not running.thread.call(running.server.wait_for_termination(0), SECONDS)
        slow.release(running)
        assert b"late" == call.result(SECONDS)
        stopping.result(SECONDS)
        assert terminated.result(SECONDS)
        assert running.thread.call(running.server.wait_for_termination(0), SECONDS)


@pytest.mark.parametrize("grace", [None, 0, 0.05])
def test_calls_that_are_left_after_it_are_cancelled(grace: float | None) -> None:
    slow = Slow()
    with serving(slow.serve, takes_one=True) as running:
        calls = [start(running.channel, UNARY, timeout=None) for _ in range(3)]
        for _ in calls:
            assert slow.begun.acquire(timeout=SECONDS)
        running.stop(grace)
        assert slow.cancelled.is_set()
        for call in calls:
            assert isinstance(call.exception(SECONDS), grpc.RpcError)


def test_a_shorter_period_counts_over_a_longer_one() -> None:
    slow = Slow()
    with serving(slow.serve, takes_one=True) as running:
        call = start(running.channel, UNARY, timeout=None)
        assert slow.begun.acquire(timeout=SECONDS)
        first = running.thread.submit(running.server.stop(60))
        running.stop(0)
        first.result(SECONDS)
        assert isinstance(call.exception(SECONDS), grpc.RpcError)


def test_a_call_that_ignores_being_cancelled_is_waited_for() -> None:
    slow = Slow(ignores_cancellation=True)
    with serving(slow.serve, takes_one=True) as running:
        call = start(running.channel, UNARY, timeout=None)
        assert slow.begun.acquire(timeout=SECONDS)
        stopping = running.thread.submit(running.server.stop(0))
        assert slow.cancelled.wait(SECONDS)
        assert not running.thread.call(running.server.wait_for_termination(0.05), SECONDS)
        slow.release(running)
        stopping.result(SECONDS)
        assert isinstance(call.exception(SECONDS), grpc.RpcError)


def test_a_call_that_has_not_said_what_it_asks_for_does_not_hold_up_the_end() -> None:
    with (
        serving(answer, takes_one=True) as running,
        Http2Client(("127.0.0.1", running.port)) as client,
    ):
        client.call("/t.T/M", half=True)
        assert (b"x",) == ask(running.channel, UNARY, [b"x"], SECONDS).responses
        running.stop(0)


def test_a_call_that_arrived_just_before_is_answered() -> None:
    heard = threading.Event()

    async def stop_once_heard(running: Serving) -> None:
        assert heard.wait(SECONDS)  # The loop stands still, so nothing is done about it yet.
        await running.server.stop(SECONDS)

    with serving(answer, takes_one=True) as running, pytest.MonkeyPatch.context() as patch:
        loop = running.thread.loop
        wake = loop.call_soon_threadsafe

        def note_and_wake(*arguments: Any) -> Any:
            handle = wake(*arguments)
            if threading.current_thread().name == "grpc-completions":
                heard.set()
            return handle

        patch.setattr(loop, "call_soon_threadsafe", note_and_wake)
        stopping = running.thread.submit(stop_once_heard(running))
        call = start(running.channel, UNARY, [b"x"], None)
        assert b"x" == call.result(SECONDS)
        stopping.result(SECONDS)


def test_calls_that_come_while_it_stops_are_refused_or_answered() -> None:
    """None is left without an end, and the server ends."""
    over = threading.Event()
    codes: set[grpc.StatusCode] = set()

    def client(running: Serving) -> None:
        with running.channel_of_its_own() as channel:
            while not over.is_set():
                codes.add(ask(channel, UNARY, timeout=SECONDS).code)

    with serving(answer, takes_one=True) as running, ThreadPoolExecutor(3) as pool:
        clients = [pool.submit(client, running) for _ in range(3)]
        wait_until(lambda: grpc.StatusCode.OK in codes, SECONDS)
        try:
            running.stop(SECONDS / 2)
            wait_until(lambda: grpc.StatusCode.UNAVAILABLE in codes, SECONDS)
        finally:
            over.set()
        for each in clients:
            each.result(SECONDS)
    assert codes <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


def test_a_client_may_say_all_before_it_is_answered_and_the_connection_is_closed() -> None:
    """Else a client that is still sending finds it broken, and may lose answers not read yet."""
    arrived = threading.Semaphore(0)
    served: list[bytes | None] = []

    async def note(call: IncomingCall, request: bytes | None) -> None:
        served.append(request)
        call.finish(OK, response=request)

    def find(_: IncomingCall) -> Handler:
        arrived.release()
        return Handler(True, note)

    with (
        serving(note, find=find) as running,
        Http2Client(("127.0.0.1", running.port)) as client,
    ):
        client.call("/t.T/M", half=True)
        client.begin_another("/t.T/M", 3)
        client.begin_another("/t.T/M", 5)
        for _ in range(3):
            assert arrived.acquire(timeout=SECONDS)
        stopping = running.thread.submit(running.server.stop(SECONDS))
        assert not running.thread.call(running.server.wait_for_termination(0), SECONDS)
        client.send(1, b"says more", end=False)
        client.send(3, b"asks", b"for too much", end=True)
        client.send(5, b"has said all", end=True)
        client.wait_for_end()
        client.wait_for_end()
        assert [b"has said all"] == served
        client.send(1, end=True)
        client.wait_for_end()
        assert [b"has said all", b"says more"] == served
        stopping.result(SECONDS)


def test_of_many_calls_that_have_arrived_a_stop_loses_none() -> None:
    """Nor those of which the loop, which has something else to do, has not heard yet."""
    arrived = threading.Event()

    async def stop_once_arrived(running: Serving) -> None:
        assert arrived.wait(SECONDS)  # The loop stands still.
        await running.server.stop(SECONDS)

    with serving(answer, takes_one=True) as running:
        stopping = running.thread.submit(stop_once_arrived(running))
        assert CALLS == answered(running.port, "/t.T/M", CALLS, arrived.set)
        stopping.result(SECONDS)
