"""One round with one server."""

import sys
from collections.abc import Callable

from bench.comparison import Sample
from bench.load import Call, H2Load
from bench.server_process import ServerProcess


def measuring(
    name: str, server: ServerProcess, load: H2Load, call: Call, calls: int
) -> Callable[[], Sample]:
    """Give what makes so many calls and tells how fast they were, on standard error too."""

    def measure() -> Sample:
        before = server.cpu_seconds()
        seconds = load.drive(server.address, call, calls)
        cpu = server.cpu_seconds() - before
        sample = Sample(calls / seconds, cpu / calls * 1e6)
        sys.stderr.write(
            f"{name}: {sample.calls_per_second:.0f} calls/s, {sample.cpu_micros:.0f} µs each\n"
        )
        return sample

    return measure
