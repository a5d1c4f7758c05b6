"""Many calls at once on one connection, sent before any of them is answered."""

import socket
from collections.abc import Callable

from chassis.testing import http2

_SECONDS = 30.0
_HEAD = 9


def answered(port: int, path: str, count: int, arrived: Callable[[], object]) -> int:
    """Call "/package.Service/Method" so often, and give how many calls were answered.

    arrived: called when the server has them all.

    Ends when all are answered, or the server has closed the connection. Raises TimeoutError.
    """
    number = 0
    with socket.create_connection(("127.0.0.1", port), _SECONDS) as connection:
        connection.sendall(_calls(path, count))
        with connection.makefile("rb") as file:
            while number < count and len(head := file.read(_HEAD)) == _HEAD:
                file.read(int.from_bytes(head[:3], "big"))
                if head[3] == http2.PING and head[4] & http2.ACK:
                    arrived()
                number += head[3] == http2.DATA
    return number


def _calls(path: str, count: int) -> bytes:
    """Give the calls, and a ping after them."""
    block = http2.header_block(http2.request_headers(path))
    calls = b"".join(
        http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block)
        + http2.frame(http2.DATA, http2.END_STREAM, stream, http2.message(b"hi"))
        for stream in range(1, 2 * count, 2)
    )
    return http2.PREFACE + http2.settings() + calls + http2.frame(http2.PING, 0, 0, b"all sent")
