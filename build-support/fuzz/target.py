"""The recommendations service as a process of its own, and what can be seen of it from outside."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import grpc

from chassis.testing.process import ServiceProcess, python_environment
from fuzz.messages import varint
from fuzz.peers import LEGACY, V1

Kind = Literal["threads", "asyncio"]
HOST = "127.0.0.1"
_SECONDS = 30.0
# Three mysteries for reader 1, in both APIs' numbers.
_GOOD = {
    V1: b"".join((varint(1 << 3), varint(1), varint(2 << 3), varint(1), varint(3 << 3), varint(3))),
    LEGACY: b"".join((varint(1 << 3), varint(1), varint(3 << 3), varint(3))),
}
_RESULTS = 3
_POLL_SECONDS = 0.1


class Target:
    """A service that runs, and may be asked how it is."""

    def __init__(self, process: ServiceProcess, kind: Kind) -> None:
        self.kind = kind
        self._process = process
        self.port = process.port()
        self.address = f"{HOST}:{self.port}"

    @property
    def log(self) -> str:
        """All that it has written to its log."""
        return self._process.log

    def kill(self) -> None:
        """End it at once."""
        self._process.send(signal.SIGKILL)
        self._process.wait()

    def memory_kib(self) -> int:
        """Give what it holds of the machine's memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1])

    def memory_at_most(self, kib: float, seconds: float = 15.0) -> int:
        """Give its memory once it is so small, or whatever it is after a time."""
        end = time.monotonic() + seconds
        while (memory := self.memory_kib()) > kib and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        return memory

    def lasting_problem(self, seconds: float = 15.0) -> str | None:
        """Give what is wrong for longer than a time: the last peers may be on its hands yet."""
        end = time.monotonic() + seconds
        while (problem := self.problem()) is not None and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        return problem

    def problem(self) -> str | None:
        """Ask both APIs what they must know; give what is wrong with that, or None."""
        for path in _GOOD:
            with grpc.insecure_channel(self.address) as channel:
                try:
                    answer = ask(channel, path)
                except grpc.RpcError as error:
                    return f"{path} answers {error}"
            if answer.count(b"\n") < _RESULTS:
                return f"{path} answers {answer!r}"
        return None


def ask(channel: grpc.Channel, path: str) -> bytes:
    """Ask what a well-behaved client asks. Raises grpc.RpcError."""
    untyped: Any = channel  # Without serializers, messages are bytes.
    answer: bytes = untyped.unary_unary(path)(_GOOD[path], timeout=_SECONDS)
    return answer


@contextmanager
def running(kind: Kind) -> Iterator[Target]:
    """Run the service while the block does."""
    environment = {**python_environment(), "SERVER_KIND": kind}
    command = [sys.executable, "-m", "recommendations.main"]
    with ServiceProcess(command, environment, _SECONDS) as process:
        yield Target(process, kind)
