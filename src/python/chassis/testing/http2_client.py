"""A client of gRPC that shows the bytes of messages, which libraries hide."""

import socket
from collections.abc import Iterator
from types import TracebackType

from chassis.testing import http2

_SECONDS = 60.0
_HEAD, _PREFIX = 9, 5


class Http2Client:
    """One connection, with one call on it, whose stream is 1, or more."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, _SECONDS)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> "Http2Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._socket.close()

    def call(self, path: str, *headers: tuple[bytes, bytes], half: bool = False) -> None:
        """Begin a call with an empty request, and end it on this side; half: without either."""
        block = http2.header_block(http2.request_headers(path, *headers))
        sent = http2.PREFACE + http2.settings()
        sent += http2.frame(http2.HEADERS, http2.END_HEADERS, 1, block)
        if not half:
            sent += http2.frame(http2.DATA, http2.END_STREAM, 1, http2.message(b""))
        self._socket.sendall(sent)

    def begin_another(self, path: str, stream: int) -> None:
        """Begin one more call, on a stream with an odd number above all before."""
        block = http2.header_block(http2.request_headers(path))
        self._socket.sendall(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block))

    def send(self, stream: int, *requests: bytes, end: bool) -> None:
        """Send requests of a call, and tell whether there are others to come."""
        data = b"".join(http2.message(each) for each in requests)
        self._socket.sendall(http2.frame(http2.DATA, http2.END_STREAM * end, stream, data))

    def arrive(self) -> None:
        """Wait until the server has all that was sent. Raises EOFError, and TimeoutError."""
        self._socket.sendall(http2.frame(http2.PING, 0, 0, b"all sent"))
        self.wait_for(http2.PING, http2.ACK)

    def wait_for(self, kind: int, flags: int = 0) -> None:
        """Wait for a frame of a kind that has these flags. Raises EOFError, and TimeoutError."""
        for each, has, _ in self._frames():
            if each == kind and has & flags == flags:
                return

    def wait_for_end(self) -> None:
        """Wait until the server has ended a call. Raises EOFError, and TimeoutError."""
        for kind, flags, _ in self._frames():
            if kind == http2.RST_STREAM or (kind == http2.HEADERS and flags & http2.END_STREAM):
                return

    def messages(self, count: int) -> list[tuple[int, bytes]]:
        """Give so many messages as they arrive: the flag, and the body as it was sent.

        Raises EOFError if there are not so many, and TimeoutError if they do not come.
        """
        data = b""
        found: list[tuple[int, bytes]] = []
        frames = self._data()
        while len(found) < count:
            data += next(frames)
            while len(data) >= _PREFIX:
                end = _PREFIX + int.from_bytes(data[1:_PREFIX], "big")
                if len(data) < end:
                    break
                found.append((data[0], data[_PREFIX:end]))
                data = data[end:]
        return found

    def _data(self) -> Iterator[bytes]:
        for kind, _, payload in self._frames():
            if kind == http2.DATA:
                yield payload

    def _frames(self) -> Iterator[tuple[int, int, bytes]]:
        while True:
            head = self._file.read(_HEAD)
            if len(head) < _HEAD:
                raise EOFError("the server has closed the connection")
            yield head[3], head[4], self._file.read(int.from_bytes(head[:3], "big"))
