"""A server on an event loop: started, busy, idle, stopped, and leaving nothing behind."""

import asyncio
import logging
import socket
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import Handler, IncomingCall
from chassis.aio.loop_server import LoopServer
from chassis.interceptors.call import RpcKind
from chassis.testing import http2
from chassis.testing.four_kinds import ask, start
from chassis.testing.http2_client import Http2Client
from chassis.testing.loop_serving import SECONDS, AnyCall, Serving, serving
from chassis.testing.uncollected import uncollected
from chassis.testing.waiting import wait_until

OK, ABORTED = 0, 10
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


# From idle to busy and back


@pytest.mark.parametrize("pause", [0.0, 0.002])
def test_no_call_is_overlooked_however_busy_the_server_is(pause: float) -> None:
    """Single calls, one after the other, for each of which the loop may just fall asleep."""
    clients, calls = 4, 150
    never = threading.Event()

    def client(running: Serving) -> int:
        with running.channel_of_its_own() as channel:
            method: Any = channel.unary_unary("/t.T/M")
            for number in range(calls):
                assert b"%d" % number == method(b"%d" % number, timeout=SECONDS)
                never.wait(pause)
        return calls

    with serving(answer, takes_one=True) as running, ThreadPoolExecutor(clients) as pool:
        assert [calls] * clients == list(pool.map(client, [running] * clients))


def test_no_call_of_a_burst_is_overlooked() -> None:
    with serving(answer, takes_one=True) as running:
        for size in (1, 15, 16, 17, 200, 1):
            calls = [start(running.channel, UNARY, [b"%d" % n], SECONDS) for n in range(size)]
            assert [b"%d" % n for n in range(size)] == [call.result() for call in calls]


def test_other_coroutines_and_threads_go_on_while_calls_pour_in() -> None:
    over = threading.Event()
    turns = {"coroutine": 0, "thread": 0}

    async def other() -> None:
        while not over.is_set():
            turns["coroutine"] += 1
            await asyncio.sleep(0)

    def beside() -> None:
        while not over.is_set():
            turns["thread"] += 1
            over.wait(0.001)

    at_calls: list[dict[str, int]] = []

    async def answer_and_look(call: IncomingCall, request: bytes | None) -> None:
        at_calls.append(dict(turns))
        await answer(call, request)

    with serving(answer_and_look, takes_one=True) as running:
        future = running.thread.submit(other())
        thread = threading.Thread(target=beside)
        thread.start()
        calls = [start(running.channel, UNARY, [b""], SECONDS) for _ in range(500)]
        assert [b""] * 500 == [call.result() for call in calls]
        grown = {key: at_calls[-1][key] - at_calls[0][key] for key in turns}
        over.set()
        thread.join()
        future.result(SECONDS)
    assert min(grown.values()) > 0


# Start


def test_a_port_that_is_taken_is_said_to_be() -> None:
    async def scenario() -> None:
        routes = AnyCall(lambda _: Handler(True, answer))
        options = [("grpc.so_reuseport", 0)]
        server = LoopServer(routes, options)
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            with pytest.raises(RuntimeError):
                server.add_insecure_port(address)
            with pytest.raises(RuntimeError):
                server.add_secure_port(address, grpc.ssl_server_credentials([(b"", b"")]))

    asyncio.run(scenario())


def test_it_starts_once() -> None:
    with serving(answer) as running, pytest.raises(ValueError, match="already started"):
        running.thread.call(running.server.start(), SECONDS)


def test_to_stop_what_has_not_started_takes_no_time() -> None:
    async def scenario() -> None:
        server = LoopServer(AnyCall(lambda _: Handler(True, answer)))
        async with asyncio.timeout(SECONDS):
            await server.stop(60)

    asyncio.run(scenario())


# Stop


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


# What goes wrong


def test_if_nothing_is_found_that_handles_a_call_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def find(_: IncomingCall) -> Handler:
        raise LookupError("secret")

    with caplog.at_level(logging.ERROR), serving(answer, find=find) as running:
        seen = ask(running.channel, BIDI, timeout=SECONDS)
    assert (grpc.StatusCode.INTERNAL, "internal error") == (seen.code, seen.details)
    assert ["what handles a call was not found"] == caplog.messages


def test_metadata_that_are_no_text_make_no_server_deaf() -> None:
    headers = http2.request_headers("/t.T/M", (b"key", b"\xff"), (b"a-bin", b"!"))
    block = http2.header_block(headers)
    sent = http2.PREFACE + http2.settings() + http2.frame(http2.HEADERS, 5, 1, block)
    with serving(answer, takes_one=True) as running:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", running.port), SECONDS) as connection:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1000):
                    pass
            with running.channel_of_its_own() as channel:
                assert (b"x",) == ask(channel, UNARY, [b"x"], SECONDS).responses


# What is left behind


async def answer_late(call: IncomingCall, request: bytes | None) -> None:
    await asyncio.sleep(0)
    call.finish(OK, response=request)


async def stream(call: IncomingCall, _: bytes | None) -> None:
    while (request := await call.read()) is not None:
        await call.write(request)
    call.finish(OK)


async def stop_reading(call: IncomingCall, _: bytes | None) -> None:
    await call.write(await call.read() or b"")
    call.finish(ABORTED)


async def fail(_: IncomingCall, __: bytes | None) -> None:
    raise ValueError


async def fail_late(call: IncomingCall, _: bytes | None) -> None:
    await call.write(b"")
    raise ValueError


async def wait(_: IncomingCall, __: bytes | None) -> None:
    await asyncio.get_running_loop().create_future()


async def write_on(call: IncomingCall, _: bytes | None) -> None:
    while True:
        await call.write(b"x")


def to_the_end(running: Serving) -> None:
    ask(running.channel, BIDI, [b"a", b"b"], SECONDS)


def cancelled(running: Serving) -> None:
    call = start(running.channel, BIDI, [b"a"], SECONDS)
    call.cancel()


def cancelled_late(running: Serving) -> None:
    call = start(running.channel, BIDI, [b"a"], SECONDS)
    next(call)
    call.cancel()


def late(running: Serving) -> None:
    ask(running.channel, BIDI, [b"a"], 0.02)


@uncollected()
@pytest.mark.parametrize(
    ("serve", "takes_one", "call"),
    [
        (answer, True, to_the_end),
        (answer_late, True, to_the_end),
        (stream, False, to_the_end),
        (stop_reading, False, to_the_end),
        (fail, True, to_the_end),
        (fail_late, False, to_the_end),
        (wait, False, cancelled),
        (wait, False, late),
        (stream, False, cancelled_late),
        (write_on, False, cancelled_late),
    ],
)
def test_of_a_call_nothing_is_left(
    serve: Any, takes_one: bool, call: Callable[[Serving], None]
) -> None:
    """No cycles that wait for a search for garbage: a service has such searches hardly ever."""
    times = 30
    seen: list[weakref.ref[IncomingCall]] = []

    def find(incoming: IncomingCall) -> Handler:
        seen.append(weakref.ref(incoming))
        return Handler(takes_one, serve)

    logging.disable()
    try:
        with serving(serve, find=find) as running:
            for _ in range(times):
                call(running)
            wait_until(lambda: all(each() is None for each in seen), SECONDS)
            running.stop(SECONDS)
    finally:
        logging.disable(logging.NOTSET)
    assert seen
