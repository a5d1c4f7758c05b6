"""The whole command, in a process of its own, and what it has started."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from devstack.service_command import python_environ
from devstack.testing.waiting import process_has_ended, wait_until

SECONDS = 60.0
ARGV = (
    *(sys.executable, "-P", "-m", "devstack.main", "--port", "0", "--recommendations-port", "0"),
    # A busy machine may let a program wait for long before it stops. The last one given counts.
    *("--stop-seconds", str(SECONDS)),
)
OPEN = r"the shop is open: http://localhost:(\d+)/"
BAR = r"\|(?:\x1b\[0m)?"
ALL_UP = (OPEN, rf"recommendations {BAR} pid \d", rf"marketplace +{BAR} (stubborn )?pid \d")
"""The lines of several programs come in any order."""


def environ_with(modules: Path, **more: str) -> dict[str, str]:
    """The environment in which these modules hide the real services."""
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environ = python_environ({**plain, "TERM": "xterm", **more})
    environ["PYTHONPATH"] = os.pathsep.join((str(modules), environ["PYTHONPATH"]))
    return environ


@contextmanager
def hangup(handler: signal.Handlers) -> Iterator[None]:
    """What programs started meanwhile inherit; a build tool may ignore the signal."""
    before = signal.signal(signal.SIGHUP, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@contextmanager
def running(environ: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command with its output in a pipe."""
    process = subprocess.Popen(
        (*ARGV, *arguments),
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], *patterns: str) -> str:
    """The output up to the line with which each of the patterns has been there."""
    lines = ""
    for line in process.stdout or ():
        lines += line
        if all(re.search(pattern, lines) for pattern in patterns):
            return lines
    raise AssertionError(f"not all of {patterns!r} in the output:\n{lines}")


def pids(output: str) -> list[int]:
    """The services that have told their process number."""
    return [int(pid) for pid in re.findall(r"pid (\d+)", output)]


def assert_ended(output: str, count: int) -> None:
    """So many services were there, and are no more."""
    if len(pids(output)) != count:
        raise AssertionError(f"not {count} services in the output:\n{output}")
    for pid in pids(output):
        wait_until(f"the end of {pid}", partial(process_has_ended, pid))
