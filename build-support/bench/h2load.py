"""Load on a gRPC server, by h2load: calls one after the other on many streams."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load, LoadError, output_of, require

PROGRAM = "h2load"
PACKAGE = "nghttp2-client"

_SECONDS = re.compile(r"^finished in ([0-9.]+)(us|ms|s), ", re.MULTILINE)
_SUCCEEDED = re.compile(r"^requests: .* (\d+) succeeded, ", re.MULTILINE)
_DATA = re.compile(r"^traffic: .* \((\d+)\) data$", re.MULTILINE)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_MICROS = 2
"""The column of h2load's log of requests that says how long one took."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is called, over and over.

    path: "/package.Service/Method".
    request, reply: messages; calls whose reply is not as long as this one count as failed.
    """

    path: str
    request: bytes
    reply: bytes


@dataclass(frozen=True, slots=True)
class H2Load:
    """Calls from another process, which spends little on each: grpcio's own clients take more time
    than the servers that they measure.

    connections, streams: how many, and how many calls at once on each.
    per_second: how many calls are begun; None begins each when there is a reply to one before.
    """

    connections: int = 4
    streams: int = 16
    per_second: float | None = None
    timeout_seconds: float = 120.0

    def check(self) -> None:
        """Raise LoadError unless the program is there."""
        require(PROGRAM, PACKAGE)

    def drive(self, address: str, call: Call, calls: int) -> Load:
        """Make so many calls to "host:port".

        Raises LoadError if one of them did not bring the reply, or it all takes too long.
        """
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            body, log = Path(folder) / "body", Path(folder) / "log"
            body.write_bytes(_framed(call.request))
            pace = (f"--rps={self.per_second / self.connections:g}",) if self.per_second else ()
            command = [
                *(PROGRAM, "-t", "1", "-n", str(calls), "-c", str(self.connections)),
                *("-m", str(self.streams), "-d", str(body), "-H", "te: trailers"),
                *("-H", "content-type: application/grpc", "-H", "grpc-timeout: 60S"),
                *("-H", "x-request-id: 0123456789abcdef0123456789abcdef"),
                *(*pace, f"--log-file={log}", f"http://{address}{call.path}"),
            ]
            output = output_of(command, self.timeout_seconds)
            seconds = _seconds(output, calls, len(_framed(call.reply)))
            lines = log.read_text("ascii").splitlines()
        micros = sorted(int(line.split("\t")[_MICROS]) for line in lines)
        last = len(micros) - 1
        p50, p99 = (micros[round(share * last)] / 1e6 for share in (0.5, 0.99))
        return Load(calls, seconds, p50, p99)


def _framed(message: bytes) -> bytes:
    """Put before a message what gRPC does: a flag and its length."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def _seconds(output: str, calls: int, reply_bytes: int) -> float:
    """Read h2load's report.

    h2load does not see trailers, where `grpc-status` is, and HTTP says 200 to failed calls, too.
    But a call that fails brings no message, so the bytes of messages tell.
    """
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
