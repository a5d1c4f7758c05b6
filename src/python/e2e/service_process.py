"""A service that runs as production would run it: its PEX file, in a bare environment."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from devstack.probes import port_in, serves_grpc, serves_http
from devstack.testing.waiting import wait_until

HOST = "127.0.0.1"
RECOMMENDATIONS = "recommendations"
MARKETPLACE = "marketplace"
PATIENT = {"RECOMMENDATIONS_DEADLINE_SECONDS": "10"}
"""For a shop whose pages must have books, however busy the machine is."""

T = TypeVar("T")


@dataclass(frozen=True)
class Machine:
    """What a machine needs to run a service: Python 3.11, and a folder of PEX files."""

    pexes: Path
    """The folder with `recommendations.pex` and `marketplace.pex`."""
    programs: Path
    """The whole PATH: a folder with `python3.11` and nothing else."""
    home: Path
    """Where a PEX file unpacks itself at its first start."""

    def pex(self, name: str) -> Path:
        """The PEX file of a service."""
        return self.pexes / f"{name}.pex"

    def environ(self) -> dict[str, str]:
        """The environment of every process: nothing of ours is inherited."""
        return {"PATH": str(self.programs), "HOME": str(self.home)}

    def start(
        self, name: str, folder: Path, *flags: str, environ: Mapping[str, str] | None = None
    ) -> "ServiceProcess":
        """Starts a service on a free port, unless a setting or a flag says otherwise.

        :param folder: an empty folder to work in.
        """
        settings = {"LISTEN_PORT": "0", "LOG_FORMAT": "json", **(environ or {})}
        return ServiceProcess(name, self.pex(name), folder, flags, {**self.environ(), **settings})


class ServiceProcess:
    """A running service. Leaving the context kills it and what it has left behind."""

    def __init__(
        self,
        name: str,
        pex: Path,
        folder: Path,
        flags: tuple[str, ...],
        environ: Mapping[str, str],
        working_folder: Path | None = None,
    ) -> None:
        """
        :param folder: for its log and its port file.
        :param working_folder: where it runs; `folder` unless given.
        """
        self.name = name
        self._log = folder / "log"
        self._port_file = folder / "port"
        with self._log.open("wb") as log:
            self._popen = subprocess.Popen(
                (pex, "--host", HOST, "--port-file", self._port_file, *flags),
                cwd=working_folder or folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What it has written so far, to its standard output and standard error."""
        return self._log.read_text(errors="replace")

    def wait_for_log(self, text: str) -> None:
        """Waits until it has written this text."""
        self._wait(f"{text!r} in the log", lambda: text in self.log)

    def port(self) -> int:
        """The port it listens on, once it does."""
        return self._wait("the port", lambda: port_in(self._port_file))

    def address(self) -> str:
        """The host and port it listens on, once it does."""
        return f"{HOST}:{self.port()}"

    def wait_until_ready(self) -> Self:
        """Waits until its health, or readiness, says that it can serve."""
        port = self.port()
        if self.name == RECOMMENDATIONS:
            self._wait("readiness", lambda: serves_grpc(f"{HOST}:{port}"))
        else:
            self._wait("readiness", lambda: serves_http(HOST, port, "/readyz"))
        return self

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the service, and not to its workers."""
        self._popen.send_signal(number)

    def send_to_all(self, number: signal.Signals) -> None:
        """Sends a signal to the service and its workers."""
        os.killpg(self._popen.pid, number)

    def exit_code(self, seconds: float = 60.0) -> int:
        """Waits for its end."""
        return self._popen.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self.send_to_all(signal.SIGKILL)
        self.exit_code()

    def _wait(self, what: str, probe: Callable[[], T | None]) -> T:
        def answer_or_end() -> T | None:
            if self._popen.poll() is not None:
                code = self._popen.returncode
                raise RuntimeError(f"{self.name} ended with {code} before {what}:\n{self.log}")
            return probe()

        try:
            return wait_until(f"{what} of {self.name}", answer_or_end, seconds=120.0)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; its log:\n{self.log}") from None
