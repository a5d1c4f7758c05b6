"""A service as a process of its own, the way production runs it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_POLL_SECONDS = 0.02
_OTHERS_SECONDS = 20.0
"""For workers to find out that they are alone, and to end."""


class ServiceProcess:
    """Runs `command` while entered. Its port is a free one, known by PORT_FILE.

    In the end there is nothing left of it, workers included: they would go on to write what
    coverage has measured while that is being added up.

    environment: what is set besides PATH and what `python_environment` gives.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], seconds: float = 60.0
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._seconds = seconds
        self._folder = tempfile.TemporaryDirectory(prefix="service-")
        self.port_file = Path(self._folder.name) / "port"
        self._log = Path(self._folder.name) / "log"

    def __enter__(self) -> "ServiceProcess":
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LISTEN_PORT": "0",
            "PORT_FILE": str(self.port_file),
            "LOG_FORMAT": "json",
            **_measured(),
            **self._environment,
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(self._seconds)
        self._end_others()
        self._folder.cleanup()

    def _end_others(self) -> None:
        """Wait until those of its group have ended by themselves, and no longer than that."""
        group, end = self._process.pid, time.monotonic() + _OTHERS_SECONDS
        with suppress(ProcessLookupError):
            while time.monotonic() < end:
                os.killpg(group, 0)
                time.sleep(_POLL_SECONDS)
            os.killpg(group, signal.SIGKILL)

    @property
    def pid(self) -> int:
        """The process' number."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What the process has written so far to stdout and stderr."""
        return self._log.read_text("utf-8", "replace")

    def port(self) -> int:
        """Wait until the service listens and give its port."""
        end = time.monotonic() + self._seconds
        while not self.port_file.exists():
            if self._process.poll() is not None:
                raise RuntimeError(f"ended with {self._process.returncode}:\n{self.log}")
            if time.monotonic() > end:
                raise TimeoutError(f"no port after {self._seconds} s:\n{self.log}")
            time.sleep(_POLL_SECONDS)
        return int(self.port_file.read_text("ascii"))

    def wait_for_log(self, text: str) -> None:
        """Wait until the process has written a text."""
        end = time.monotonic() + self._seconds
        while text not in self.log:
            if time.monotonic() > end or self._process.poll() is not None:
                raise TimeoutError(f"no {text!r} in the log:\n{self.log}")
            time.sleep(_POLL_SECONDS)

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end and give the exit code."""
        return self._process.wait(self._seconds)


def python_environment() -> dict[str, str]:
    """Give the variables with which another Python imports what this one can."""
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


def _measured() -> dict[str, str]:
    """Give the variables by which coverage measures other processes, too, if it measures this."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
