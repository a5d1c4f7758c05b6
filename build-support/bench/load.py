"""Load on a gRPC server, by h2load: calls one after the other on many streams."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import which

PROGRAM = "h2load"
PACKAGE = "nghttp2-client"
"""Debian's package of the program."""

_SECONDS = re.compile(r"^finished in ([0-9.]+)(us|ms|s), ", re.MULTILINE)
_SUCCEEDED = re.compile(r"^requests: .* (\d+) succeeded, ", re.MULTILINE)
_DATA = re.compile(r"^traffic: .* \((\d+)\) data$", re.MULTILINE)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_FRAME_HEAD = 5
"""Bytes that gRPC puts before each message: a flag and a length."""


class LoadError(Exception):
    """A load that cannot be made, or calls that failed. The text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is called, over and over.

    path: "/package.Service/Method".
    request, reply: messages; calls whose reply is another one count as failed.
    """

    path: str
    request: bytes
    reply: bytes


@dataclass(frozen=True, slots=True)
class H2Load:
    """Calls from another process, which spends little on each: grpcio's own clients take more time
    than the servers that they measure.

    connections, streams: how many, and how many calls at once on each.
    """

    connections: int = 4
    streams: int = 16
    timeout_seconds: float = 120.0

    def check(self) -> None:
        """Raise LoadError unless the program is there."""
        if which(PROGRAM) is None:
            raise LoadError(f"needs {PROGRAM}: on Debian and Ubuntu, apt install {PACKAGE}")

    def drive(self, address: str, call: Call, calls: int) -> float:
        """Make so many calls to "host:port" and give the seconds that they took.

        Raises LoadError if one of them did not bring the reply, or it all takes too long.
        """
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            body = Path(folder) / "body"
            body.write_bytes(_framed(call.request))
            command = [
                *(PROGRAM, "-t", "1", "-n", str(calls), "-c", str(self.connections)),
                *("-m", str(self.streams), "-d", str(body), "-H", "te: trailers"),
                *("-H", "content-type: application/grpc", "-H", "grpc-timeout: 60S"),
                *("-H", "x-request-id: 0123456789abcdef0123456789abcdef"),
                f"http://{address}{call.path}",
            ]
            return _seconds(self._run(command), calls, len(_framed(call.reply)))

    def _run(self, command: list[str]) -> str:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=self.timeout_seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise LoadError(f"{PROGRAM} took over {self.timeout_seconds:g} s") from None
        if done.returncode:
            raise LoadError(f"{PROGRAM} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout


def _framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def _seconds(output: str, calls: int, reply_bytes: int) -> float:
    """Read h2load's report. HTTP says 200 to refused calls, too: their replies are what lacks."""
    found = [pattern.search(output) for pattern in (_SECONDS, _SUCCEEDED, _DATA)]
    seconds, succeeded, data = found
    if seconds is None or succeeded is None or data is None:
        raise LoadError(f"{PROGRAM} reports something else than version 1.52 did:\n{output}")
    if int(succeeded[1]) != calls or int(data[1]) != calls * reply_bytes:
        raise LoadError(
            f"not all calls went well: of {calls}, {succeeded[1]} were answered,"
            f" with {data[1]} bytes of {calls * reply_bytes}"
        )
    return float(seconds[1]) * _UNITS[seconds[2]]
