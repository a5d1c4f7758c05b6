"""A server that is measured, as a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_POLL_SECONDS = 0.02
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_USER_TICKS, _SYSTEM_TICKS = 11, 12
"""Of /proc/PID/stat, counted from the field after the name; see proc(5)."""


class ServerError(Exception):
    """A server that does not start. The text says why."""


class ServerProcess:
    """Runs a module while entered. It writes its port to the file that is its last argument.

    log: where its standard error goes; production's goes to a pipe or a file, too.
    environ: variables that it gets besides this process' own.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        log: Path,
        seconds: float = 60.0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._module = module
        self._arguments = tuple(arguments)
        self._log = log
        self._seconds = seconds
        self._environ = dict(environ or {})
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")

    def __enter__(self) -> Self:
        self._port_file = Path(self._folder.name) / "port"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", self._module, *self._arguments, str(self._port_file)),
                # What this process can import, the other can.
                env={**os.environ, **self._environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            self._port = self._wait_for_port()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._end()

    @property
    def address(self) -> str:
        """Where it listens, as "host:port"."""
        return f"127.0.0.1:{self._port}"

    def cpu_seconds(self) -> float:
        """Give the processor time that all its threads have taken so far."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS_PER_SECOND

    def _wait_for_port(self) -> int:
        end = time.monotonic() + self._seconds
        while not self._port_file.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                last = (
                    self._log.read_text("utf-8", "replace")[-2000:] if self._log.is_file() else ""
                )
                raise ServerError(f"{self._module} does not start: {last}")
            time.sleep(_POLL_SECONDS)
        return int(self._port_file.read_text("ascii"))

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(self._seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
