"""What is measured: a program, started as production starts it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.processes import Usage, usage

HOST = "127.0.0.1"
_POLL_SECONDS = 0.002
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")


class ContenderError(Exception):
    """A program that does not start, or has ended. The text says why."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that serves.

    command: its words.
    environ: all that it knows of the environment, but for PATH and the like: no setting of whoever
        measures changes the result.
    port_line: finds the port, as its only group, in the log of a program that knows no PORT_FILE.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    port_line: re.Pattern[str] | None = None

    @staticmethod
    def of_module(
        name: str, module: str, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> "Contender":
        """Run a module with this process' interpreter and libraries, those of a built PEX."""
        return Contender(
            name,
            (sys.executable, "-m", module, *arguments),
            {"PYTHONPATH": os.pathsep.join(sys.path), **(environ or {})},
        )

    @staticmethod
    def of_pex(
        name: str, pex: Path, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> "Contender":
        """Run a PEX file, as `./pants package` makes it."""
        return Contender(name, (str(pex.resolve()), *arguments), environ or {})


class Running:
    """A contender while entered, in a session of its own.

    Entering waits until it tells its port, and raises ContenderError when that takes too long.
    """

    def __init__(self, contender: Contender, start_seconds: float = 60.0) -> None:
        self.contender = contender
        self._start_seconds = start_seconds

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._port_file = Path(self._folder.name) / "port"
        self.log = Path(self._folder.name) / "log"
        environ = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        environ["PORT_FILE"] = str(self._port_file)
        began = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.contender.command,
                env={**environ, **self.contender.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.port = self._wait_for_port(began + self._start_seconds)
        except BaseException:
            self._end()
            raise
        self.ready_seconds = time.monotonic() - began
        """From its start until it told its port, when it listens."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._end()

    @property
    def address(self) -> str:
        """Where it listens, as "host:port"."""
        return f"{HOST}:{self.port}"

    def usage(self) -> Usage:
        """Give what its processes took so far."""
        if self._process.poll() is not None:
            raise ContenderError(f"{self.contender.name} has ended: {self._last_lines()}")
        return usage(self._process.pid)

    def _wait_for_port(self, deadline: float) -> int:
        while (port := self._told_port()) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ContenderError(f"{self.contender.name} does not start: {self._last_lines()}")
            time.sleep(_POLL_SECONDS)
        return port

    def _told_port(self) -> int | None:
        if self.contender.port_line is None:
            return int(self._port_file.read_text("ascii")) if self._port_file.exists() else None
        found = self.contender.port_line.search(self.log.read_text("utf-8", "replace"))
        return int(found[1]) if found else None

    def _last_lines(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2000:].strip()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(self._start_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._folder.cleanup()
