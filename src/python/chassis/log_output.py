"""Where log lines go: in order, never failing the work that is logged, and some of them together.

To write is to let other threads run, and to wait until it is one's turn again: for a busy server
that costs more than to make the line. So lines of which there is one for each call wait a moment
for others, and a thread of its own writes them.
"""

import contextlib
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

PIPE_BYTES = 4096
"""What Linux writes to a pipe in one piece (PIPE_BUF), so that lines of several processes do not
mix."""


Line = str | Callable[[], str]
"""A line with its end, or what makes it. Many are made at once for less than one by one."""


class TextStream(Protocol):
    """Where log lines go: stderr, or a substitute."""

    def write(self, text: str, /) -> int:
        """Write text."""

    def flush(self) -> None:
        """Hand what was written to the system."""

    def isatty(self) -> bool:
        """Tell whether a person reads it."""


class LogOutput:
    """Writes lines to a stream whose failure (a full disk, a reader gone) is nobody's concern.

    A line is written at once, after those that wait; or it waits, for about `delay_seconds` or
    until `max_waiting` lines do. What waits is lost only if the process is killed outright: at the
    end of Python `logging` flushes its handlers, and through them this. Safe to use from any
    thread, and after a fork, of whose two sides only the parent writes what waited before.
    """

    def __init__(
        self, stream: TextStream, delay_seconds: float = 0.05, max_waiting: int = 1000
    ) -> None:
        self._stream = stream
        self._delay_seconds = delay_seconds
        self._max_waiting = max_waiting
        self._waiting: deque[Line] = deque()
        self._is_due = False
        self._due = threading.Event()
        self._lock = threading.RLock()  # A signal's handler may log while its thread does.
        self._writer: threading.Thread | None = None
        this = weakref.ref(self)

        def forked() -> None:
            if (output := this()) is not None:
                output._start_anew()

        os.register_at_fork(after_in_child=forked)

    def write(self, text: str, /) -> int:
        """Write at once."""
        self._waiting.append(text)
        self.flush()
        return len(text)

    def write_soon(self, line: Line) -> None:
        """Write a line a little later, together with others, and make it only then."""
        self._waiting.append(line)
        if not self._is_due:
            self._is_due = True
            self._due.set()
            if self._writer is None:
                self._start_writer()
        elif len(self._waiting) >= self._max_waiting:
            self.flush()

    def flush(self) -> None:
        """Write what waits, and hand it to the system."""
        with self._lock:
            for text in self._pieces():
                # ValueError: the stream is closed.
                with contextlib.suppress(OSError, ValueError):
                    self._stream.write(text)
                    self._stream.flush()

    def _pieces(self) -> Iterator[str]:
        """Take what waits, in pieces of whole lines."""
        piece: list[str] = []
        size = 0
        for _ in range(len(self._waiting)):
            line = self._waiting.popleft()
            if not isinstance(line, str):
                line = line()
            if piece and size + len(line) > PIPE_BYTES:
                yield "".join(piece)
                piece, size = [], 0
            piece.append(line)
            size += len(line)
        if piece:
            yield "".join(piece)

    def _start_writer(self) -> None:
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._run, name="log-writer", daemon=True)
                self._writer.start()

    def _run(self) -> None:
        while True:
            self._due.wait()
            time.sleep(self._delay_seconds)
            self._due.clear()
            self._is_due = False
            self.flush()

    def _start_anew(self) -> None:
        """Neither the writer nor who held the lock is there after a fork."""
        self._waiting.clear()
        self._is_due = False
        self._due = threading.Event()
        self._lock = threading.RLock()
        self._writer = None
