"""A terminal with a person at its keyboard, for tests."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

CTRL_C = b"\x03"
# Makes the terminal the controlling one, as a shell does, so that Ctrl-C becomes a signal.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A program in the foreground of a terminal of its own. Leaving the context kills it."""

    def __init__(
        self, argv: Sequence[str], environ: Mapping[str, str], *, seconds: float = 60.0
    ) -> None:
        """
        :param seconds: the longest that anything may take.
        """
        self._seconds = seconds
        self.screen = ""
        self._keyboard, inside = pty.openpty()
        self._process = subprocess.Popen(
            (sys.executable, "-c", TAKE_TERMINAL, *argv),
            env=environ,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)

    def read_until(self, pattern: str) -> re.Match[str]:
        """Reads the screen until it shows the pattern.

        :raises TimeoutError: it does not in time, or the program ended before.
        """
        deadline = time.monotonic() + self._seconds
        while not (match := re.search(pattern, self.screen)):
            if not self._read(deadline):
                raise TimeoutError(f"no {pattern!r} on the screen:\n{self.screen}")
        return match

    def press(self, keys: bytes) -> None:
        """Presses keys."""
        os.write(self._keyboard, keys)

    def wait(self) -> int:
        """Reads the screen to its end, and returns the exit code."""
        deadline = time.monotonic() + self._seconds
        while self._read(deadline):
            pass
        return self._process.wait(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait(self._seconds)
        os.close(self._keyboard)

    def _read(self, deadline: float) -> bool:
        """False at the end of the program, or when time is over."""
        left = deadline - time.monotonic()
        ready, _, _ = select.select([self._keyboard], [], [], max(0.0, left))
        if not ready:
            return False
        read = b""
        with suppress(OSError):  # Linux says so when the last program has left the terminal.
            read = os.read(self._keyboard, 65536)
        self.screen += read.decode(errors="replace").replace("\r\n", "\n")
        return bool(read)
