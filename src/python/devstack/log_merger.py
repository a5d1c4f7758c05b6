"""Merges the output of several processes into one stream, whole lines at a time."""

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from queue import Full, Queue
from typing import IO

from devstack.colors import PALETTE, RESET

# Longer lines are broken up, so that a program that never ends its line cannot fill the memory.
LONGEST_LINE_BYTES = 64 * 1024
# When the terminal does not keep up, those who write have to wait.
MOST_LINES_WAITING = 1000
SPEAKING_SECONDS = 1.0
# Only an output that is stuck, or a stranger who keeps a source open, lets this pass.
LAST_WORDS_SECONDS = 5.0


class LogMerger:
    """Prefixes each line with the name of its source and writes it to a file descriptor.

    One thread reads each source and one thread writes, so lines never mix, and a terminal that
    stops taking output never keeps the caller from handling signals. If the descriptor cannot be
    written to any more (its reader has gone), sources are still read, lest they block, and their
    lines are dropped.
    """

    def __init__(
        self,
        descriptor: int | None,
        names: Sequence[str],
        *,
        colored: bool,
        last_words_seconds: float = LAST_WORDS_SECONDS,
    ) -> None:
        """
        :param descriptor: where to write; None drops everything.
        :param names: the sources that will be attached, which get a color each in this order.
        :param last_words_seconds: how long to wait for what an ended process has left in its pipe.
        """
        width = max(map(len, names))
        self._descriptor = descriptor
        self._last_words_seconds = last_words_seconds
        self._prefixes = {
            name: _prefix(name.ljust(width), PALETTE[index % len(PALETTE)] if colored else None)
            for index, name in enumerate(names)
        }
        self._lines: Queue[bytes] = Queue(MOST_LINES_WAITING)
        self._readers: dict[str, threading.Thread] = {}
        threading.Thread(target=self._write_lines, name="log-writer", daemon=True).start()

    def attach(self, name: str, source: IO[bytes]) -> None:
        """Merges the source's lines until it ends; closes it then."""
        reader = threading.Thread(
            target=self._read_lines, args=(name, source), name=f"log-{name}", daemon=True
        )
        self._readers[name] = reader
        reader.start()

    def say(self, name: str, text: str) -> None:
        """Writes one line in the name of a source; drops it if the output is stuck."""
        with contextlib.suppress(Full):
            self._lines.put(self._prefixes[name] + text.encode() + b"\n", timeout=SPEAKING_SECONDS)

    def await_last_words(self, name: str) -> None:
        """Waits for the end of a source whose process has ended, so that no later line precedes it.

        Not for long: output may be stuck, and something else may hold the source open.
        """
        self._readers[name].join(self._last_words_seconds)

    def flush(self, seconds: float) -> None:
        """Waits until the sources have ended and their lines are written, at most this long."""
        deadline = time.monotonic() + seconds
        for reader in self._readers.values():
            reader.join(max(0.0, deadline - time.monotonic()))
        with self._lines.all_tasks_done:
            self._lines.all_tasks_done.wait_for(
                lambda: self._lines.unfinished_tasks == 0, max(0.0, deadline - time.monotonic())
            )

    def _read_lines(self, name: str, source: IO[bytes]) -> None:
        with source:
            while line := source.readline(LONGEST_LINE_BYTES):
                self._lines.put(self._prefixes[name] + line.removesuffix(b"\n") + b"\n")

    def _write_lines(self) -> None:
        while True:
            line = self._lines.get()
            try:
                self._write(line)
            finally:
                self._lines.task_done()

    def _write(self, line: bytes) -> None:
        while line and self._descriptor is not None:
            try:
                line = line[os.write(self._descriptor, line) :]
            except OSError:  # The reader of a pipe, or the terminal, has gone.
                self._descriptor = None


def _prefix(name: str, color: str | None) -> bytes:
    return (f"{name} | " if color is None else f"{color}{name} |{RESET} ").encode()
