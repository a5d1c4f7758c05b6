"""Signals that ask the process to stop, as values that the main thread waits for."""

import select
import signal
import socket
from contextlib import ExitStack, suppress
from types import FrameType, TracebackType
from typing import Protocol

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_WAKE = b"\0"
"""No signal has the number 0."""


class StopSource(Protocol):
    """Says when to stop. While not entered it need not work."""

    def __enter__(self) -> "StopSource":
        """Begin to listen."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""

    def wait(self, seconds: float | None = None) -> signal.Signals | None:
        """Give the next request to stop, or None when the time is up or `wake` was called.

        SIGHUP, which comes once at most, means that whoever asks for such things is gone.
        """

    def wake(self) -> None:
        """Let the wait end without a request. From any thread."""


class StopSignals:
    """While entered, turns SIGTERM and SIGINT into values to wait for. Main thread only.

    also: other signals to wait for in the same way.

    Python's handler does nothing. The number comes through a socket that the interpreter writes at
    once, wherever it is: a handler would run only when the wait for it ends, and a signal between
    the last look and the wait would be lost.
    """

    def __init__(self, *also: signal.Signals) -> None:
        self._signals = (*STOP_SIGNALS, *also)
        self._restore = ExitStack()

    def __enter__(self) -> "StopSignals":
        with ExitStack() as restore:
            self._read, self._write = (restore.enter_context(each) for each in socket.socketpair())
            self._write.setblocking(False)
            descriptor = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
            restore.callback(signal.set_wakeup_fd, descriptor)
            for each in self._signals:
                restore.callback(signal.signal, each, signal.signal(each, _ignore))
            self._restore = restore.pop_all()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._restore.close()

    def fileno(self) -> int:
        """Give what becomes readable, for `select`, when `wait` would not wait."""
        return self._read.fileno()

    def wait(self, seconds: float | None = None) -> signal.Signals | None:
        """Give the next signal, or None when the time is up or `wake` was called."""
        readable, _, _ = select.select([self._read], [], [], seconds)
        if not readable or (byte := self._read.recv(1)) == _WAKE:
            return None
        return signal.Signals(byte[0])

    def wake(self) -> None:
        """Let the wait end without a signal. From any thread."""
        with suppress(OSError):  # Nobody waits any more.
            self._write.send(_WAKE)


def _ignore(_: int, __: FrameType | None) -> None:
    pass
