"""A server on an event loop: started, busy, idle, and not confused by what clients send."""

import asyncio
import logging
import socket
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import Handler, IncomingCall
from chassis.aio.loop_server import LoopServer
from chassis.interceptors.call import RpcKind
from chassis.testing import http2
from chassis.testing.continuously import continuously
from chassis.testing.four_kinds import ask, start
from chassis.testing.loop_serving import SECONDS, AnyCall, Serving, serving
from chassis.testing.waiting import wait_until

OK, ABORTED = 0, 10
BIDI, UNARY = RpcKind.BIDI_STREAM, RpcKind.UNARY


async def answer(call: IncomingCall, request: bytes | None) -> None:
    call.finish(OK, response=request)


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
    enough = 10

    async def other() -> None:
        while not over.is_set():
            turns["coroutine"] += 1
            await asyncio.sleep(0)

    def beside() -> None:
        while not over.is_set():
            turns["thread"] += 1
            over.wait(0.001)

    at_calls: deque[dict[str, int]] = deque()

    async def answer_and_look(call: IncomingCall, request: bytes | None) -> None:
        at_calls.append(dict(turns))
        await answer(call, request)

    def grown() -> int:
        return min(at_calls[-1][key] - at_calls[0][key] for key in turns)

    with serving(answer_and_look, takes_one=True) as running:
        future = running.thread.submit(other())
        thread = threading.Thread(target=beside)
        thread.start()

        def pour() -> None:
            calls = [start(running.channel, UNARY, [b""], SECONDS) for _ in range(100)]
            assert [b""] * 100 == [call.result() for call in calls]

        try:
            # From two threads, so that there are always some.
            with continuously(pour, pour):
                wait_until(lambda: len(at_calls) >= 500 and grown() >= enough, SECONDS)
        finally:
            over.set()
        thread.join()
        future.result(SECONDS)


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
