"""A server on an event loop outlives calls that end grpcio's own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import uvloop

from chassis.aio_server import AioServer
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.call import RpcKind
from chassis.server_options import ServerOptions
from chassis.testing import http2
from chassis.testing.four_kinds import ask, four_kinds, start
from chassis.testing.running import running
from chassis.testing.waiting import wait_until

WAIT = 60.0
TIMES = 3


def call_what_is_not_utf8(address: tuple[str, int]) -> None:
    headers = http2.request_headers("")
    headers[2] = (b":path", b"/no.such.Service/\xff")
    block = http2.header_block(headers)
    with socket.create_connection(address, WAIT) as connection:
        opening = http2.PREFACE + http2.settings()
        connection.sendall(opening + http2.frame(http2.HEADERS, 5, 1, block))
        connection.settimeout(0.2)
        try:
            while connection.recv(1000):
                pass
        except OSError:
            pass


def is_answered(address: str) -> bool:
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options) as channel:
        return grpc.StatusCode.OK is ask(channel, RpcKind.UNARY, [b"go"], timeout=WAIT).code


def test_a_path_that_is_not_utf8_ends_nothing() -> None:
    """Not even a call in flight, and time and again."""
    release = threading.Event()

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        request = next(requests)
        if request == b"wait":
            assert release.wait(WAIT)
        yield request

    board, options = HealthBoard({OVERALL: ()}), ServerOptions()
    server = AioServer([four_kinds(body)], [], board, options, new_loop=uvloop.new_event_loop)
    with running(server) as address, ExitStack() as stack:
        stack.callback(release.set)
        channel = stack.enter_context(grpc.insecure_channel(address))
        waiting = start(channel, RpcKind.UNARY, [b"wait"], timeout=WAIT)
        assert is_answered(address)
        host, _, port = address.rpartition(":")
        for _ in range(TIMES):
            call_what_is_not_utf8((host, int(port)))
            wait_until(lambda: is_answered(address), WAIT)
        release.set()
        assert b"wait" == waiting.result(WAIT)
