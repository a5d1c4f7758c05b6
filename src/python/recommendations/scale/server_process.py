"""The service as a process of its own, the way production runs it."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from recommendations.scale.database import environment

_POLL_SECONDS = 0.05
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_USER_TICKS, _SYSTEM_TICKS = 11, 12
"""Of /proc/PID/stat, counted from the field after the name; see proc(5)."""


class ServerError(Exception):
    """The service does not start, or does not get ready. The text says why."""


class ServerProcess:
    """Runs the service over a database while entered, ready when that returns.

    seconds: how long it may take to be ready.
    """

    def __init__(self, url: str, kind: str, seconds: float = 300.0) -> None:
        self._url = url
        self._kind = kind
        self._seconds = seconds
        self._folder = tempfile.TemporaryDirectory(prefix="scale-")
        self._log = Path(self._folder.name) / "log"
        self.ready_seconds = 0.0
        self.ready_cpu_seconds = 0.0

    def __enter__(self) -> Self:
        port_file = Path(self._folder.name) / "port"
        start = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "recommendations.main"],
                env={
                    **environment(self._url),
                    "SERVER_KIND": self._kind,
                    "LISTEN_PORT": "0",
                    "ADMIN_PORT": "0",
                    "PORT_FILE": str(port_file),
                    "LOG_FORMAT": "json",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait(self._is_ready)
            self.ready_seconds = time.perf_counter() - start
            self.ready_cpu_seconds = self.cpu_seconds()
            self._wait(port_file.exists)
            self.address = f"127.0.0.1:{port_file.read_text('ascii')}"
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._end()

    def cpu_seconds(self) -> float:
        """Give the processor time that all its threads have taken so far."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS_PER_SECOND

    def peak_megabytes(self) -> float:
        """Give the most memory that it has had so far (1 MB is a million bytes)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6

    def metric(self, name: str) -> float:
        """Give the value of a metric without labels; 0 where there is none."""
        lines = self._admin("/metrics")[1].splitlines()
        found = [line.split()[1] for line in lines if line.startswith(f"{name} ")]
        return float(found[0]) if found else 0.0

    def snapshot_seconds(self) -> float:
        """Give how long it took to read the books and the model for the first time."""
        return float(self._said("catalogue read")["seconds"])

    def _is_ready(self) -> bool:
        try:
            return bool(self._said("admin listening")) and self._admin("/readyz")[0] == 200
        except OSError:
            return False

    def _admin(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._said("admin listening")["address"])
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def _said(self, event: str) -> dict[str, Any]:
        with self._log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if f'"{event}"' in line and line.endswith("}\n"):
                    said: dict[str, Any] = json.loads(line)
                    if said.get("event") == event:
                        return said
        return {}

    def _wait(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + self._seconds
        while not done():
            if self._process.poll() is not None or time.monotonic() > end:
                last = self._log.read_text("utf-8", "replace")[-2000:]
                raise ServerError(f"the service is not ready: {last}")
            time.sleep(_POLL_SECONDS)

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
