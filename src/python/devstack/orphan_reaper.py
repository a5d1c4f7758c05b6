"""Ends the services when the process that started them is killed and cannot do so itself.

The services run in sessions of their own, so neither the terminal nor whoever kills the
supervisor's process group reaches them. A reaper is a small process of its own that holds the
reading end of a pipe: when the supervisor is gone, however it went, the pipe ends. It works the
same on every Unix, and ends whole process groups, which the kernel's parent-death signal does not.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Self, cast

from devstack.service_command import python_argv, python_environ

GRACE_SECONDS = 5.0
# A reaper that has not started yet must not be killed: it would end nothing.
STARTING_SECONDS = 30.0
POLL_SECONDS = 0.05


class OrphanReaper:
    """The supervisor's side: tells the reaper which process groups to end."""

    def __init__(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """
        :param grace_seconds: how long the groups have between SIGTERM and SIGKILL.
        """
        self._grace_seconds = grace_seconds
        self._process = subprocess.Popen(
            (*python_argv("devstack.orphan_reaper"), str(grace_seconds)),
            env=python_environ(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        self._lines = cast(IO[bytes], self._process.stdin)  # Not None, because it is a pipe.

    def watch(self, group: int) -> None:
        """Ends this process group if this process dies first."""
        self._send(f"+{group}\n")

    def release(self, group: int) -> None:
        """Forgets this process group, which has ended: its number may be used again."""
        self._send(f"-{group}\n")

    def close(self) -> None:
        """Ends what is still watched, and waits for that."""
        try:
            self._process.communicate(timeout=self._grace_seconds + STARTING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, line: str) -> None:
        # If somebody killed the reaper, only the safety net is gone.
        with contextlib.suppress(BrokenPipeError):
            self._lines.write(line.encode())


def reap(lines: Iterable[str], grace_seconds: float) -> None:
    """Follows the supervisor's lines; when they end, ends the groups still watched.

    :param lines: `+GROUP` to watch a group, `-GROUP` to forget it.
    :param grace_seconds: how long the groups have between SIGTERM and SIGKILL.
    """
    groups: set[int] = set()
    for line in lines:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    living = {group for group in groups if _send_signal(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace_seconds
    while living and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        living = {group for group in living if _send_signal(group, 0)}
    for group in living:
        _send_signal(group, signal.SIGKILL)


def _send_signal(group: int, number: int) -> bool:
    """True if the group still had a process to send it to."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: the latter for a group of zombies.
        return False
    return True


if __name__ == "__main__":
    reap(sys.stdin, float(sys.argv[1]))
