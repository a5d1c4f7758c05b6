"""Calls that are there when a server stops."""

import socket
import threading

from chassis.aio.incoming_call import IncomingCall
from chassis.testing import http2
from chassis.testing.loop_serving import SECONDS, Serving, serving

OK = 0
CALLS = 100
HEAD = 9


async def answer(call: IncomingCall, request: bytes | None) -> None:
    call.finish(OK, response=request)


def many_calls() -> bytes:
    """Give so many calls on one connection, and a ping after them."""
    block = http2.header_block(http2.request_headers("/t.T/M"))
    calls = b"".join(
        http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block)
        + http2.frame(http2.DATA, http2.END_STREAM, stream, http2.message(b"hi"))
        for stream in range(1, 2 * CALLS, 2)
    )
    return http2.PREFACE + http2.settings() + calls + http2.frame(http2.PING, 0, 0, b"all sent")


def test_of_many_calls_that_have_arrived_a_stop_loses_none() -> None:
    """Nor those of which the loop, which has something else to do, has not heard yet."""
    arrived, answered = threading.Event(), 0

    async def stop_once_arrived(running: Serving) -> None:
        assert arrived.wait(SECONDS)  # The loop stands still.
        await running.server.stop(SECONDS)

    with serving(answer, takes_one=True) as running:
        stopping = running.thread.submit(stop_once_arrived(running))
        with socket.create_connection(("127.0.0.1", running.port), SECONDS) as connection:
            connection.sendall(many_calls())
            file = connection.makefile("rb")
            while answered < CALLS and len(head := file.read(HEAD)) == HEAD:
                file.read(int.from_bytes(head[:3], "big"))
                if head[3] == http2.PING and head[4] & http2.ACK:
                    arrived.set()
                answered += head[3] == http2.DATA
            file.close()
        stopping.result(SECONDS)
    assert CALLS == answered
