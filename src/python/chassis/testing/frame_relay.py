"""Stands between a client and a server, and notes the HTTP/2 frames that pass, in plain text."""

import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType

PING = 0x6
GOAWAY = 0x7
ACK = 0x1
ENHANCE_YOUR_CALM = 0xB

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADER_BYTES = 9


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, as RFC 9113 has it.

    from_client: which way it went.
    kind: such as `PING`.
    """

    from_client: bool
    kind: int
    flags: int
    payload: bytes

    @property
    def goaway_code(self) -> int:
        """The error code of a GOAWAY."""
        return int.from_bytes(self.payload[4:8], "big")


class FrameRelay:
    """Relays connections to a port of this machine while entered. `address` is where it listens."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._listener = socket.create_server((host, 0))
        self.host, self.port = host, int(self._listener.getsockname()[1])
        self._changed = threading.Condition()
        self._frames: list[Frame] = []
        self._connections = 0
        self._ended = 0
        self._open = ExitStack()

    def __enter__(self) -> "FrameRelay":
        self._open.enter_context(self._listener)
        threading.Thread(target=self._accept, name="relay", daemon=True).start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._open.close()

    @property
    def connections(self) -> int:
        """How many there have been."""
        return self._connections

    @property
    def ended(self) -> int:
        """How many have ended."""
        return self._ended

    def frames(self, kind: int, *, from_client: bool) -> list[Frame]:
        """Give the frames of a kind so far, one way."""
        with self._changed:
            frames = list(self._frames)
        return [each for each in frames if (kind, from_client) == (each.kind, each.from_client)]

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until something holds of what has passed. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise TimeoutError(f"not within {seconds} s; frames: {self._frames}")

    def _accept(self) -> None:
        with suppress(OSError):  # The listener is closed.
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                with self._changed:
                    self._connections += 1
                ends = [threading.Event(), threading.Event()]
                for pair, from_client in (((client, server), True), ((server, client), False)):
                    threading.Thread(
                        target=self._pump, args=(*pair, from_client, ends), daemon=True
                    ).start()

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        from_client: bool,
        ends: list[threading.Event],
    ) -> None:
        left = b""
        skip = len(_PREFACE) if from_client else 0
        with suppress(OSError):
            while read := source.recv(65536):
                left += read
                left, skip = self._note(left, skip, from_client)
                sink.sendall(read)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        ends[from_client].set()
        if all(end.is_set() for end in ends):
            source.close()
            sink.close()
            with self._changed:
                self._ended += 1
                self._changed.notify_all()

    def _note(self, data: bytes, skip: int, from_client: bool) -> tuple[bytes, int]:
        """Note the whole frames in `data`; give what is left, and what is still to be skipped."""
        skipped = min(skip, len(data))
        data = data[skipped:]
        while len(data) >= _HEADER_BYTES:
            end = _HEADER_BYTES + int.from_bytes(data[:3], "big")
            if len(data) < end:
                break
            with self._changed:
                payload = data[_HEADER_BYTES:end]
                self._frames.append(Frame(from_client, data[3], data[4], payload))
                self._changed.notify_all()
            data = data[end:]
        return data, skip - skipped
