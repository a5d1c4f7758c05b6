"""From the start of a PEX until it is ready, against that of the least server on grpcio."""

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.comparison import Sample
from bench.contender import Contender, ContenderError, Running
from bench.quantities import CPU, READY
from bench.recommend import in_memory
from bench.recommend_client import three_mysteries
from bench.row import Contest, Measure, Plan, Row
from bench.verdict import Direction

OURS = Path("dist/recommendations.pex")
BARE = Path("dist/bench-bare-grpc.pex")
MAKING = "./pants package src/python/recommendations:pex build-support/bench/baselines:bare-grpc"
"""The command that makes both."""

_FEWEST_STARTS = 3


def rows() -> list[Row]:
    """Give the row about the start."""
    bare = Contender.of_pex("PEX of a bare grpcio server", BARE, three_mysteries().reply.hex())
    ours = Contender.of_pex("our PEX", OURS, environ=in_memory())
    return [
        Row(
            "start",
            "start to ready of `recommendations.pex`, nine books",
            "PEX of a bare `import grpc` server",
            contest(bare, ours),
            READY,
            Direction.AT_MOST,
            2.0,
        )
    ]


def contest(base: Contender, other: Contender) -> Contest:
    """Start both in turns. A PEX unpacks itself at its first start, which does not count."""

    def open_both(stack: ExitStack, plan: Plan) -> tuple[Measure, Measure]:
        for each in (base, other):
            _require(each)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        first, second = (_starting(each, folder, plan) for each in (base, other))
        return first, second

    return Contest(base.name, other.name, open_both)


def _starting(contender: Contender, folder: str, plan: Plan) -> Measure:
    # A folder of this contest's own: what other runs have unpacked is not there.
    environ = {**contender.environ, "PEX_ROOT": folder}
    contender = Contender(contender.name, contender.command, environ)
    sys.stderr.write(f"{contender.name}: first ready after {_start(contender)[READY]:.2f} s\n")

    def measure() -> Sample:
        end = time.monotonic() + plan.seconds
        starts: list[Sample] = []
        while len(starts) < _FEWEST_STARTS or time.monotonic() < end:
            starts.append(_start(contender))
        sample = {name: median(start[name] for start in starts) for name in starts[0]}
        sys.stderr.write(
            f"{contender.name}: ready after {sample[READY]:.3f} s, of which {sample[CPU]:.2f} s"
            f" of processor time, {len(starts)} times\n"
        )
        return sample

    return measure


def _start(contender: Contender) -> Sample:
    with Running(contender) as running:
        return {READY: running.ready_seconds, CPU: running.usage().cpu_seconds}


def _require(contender: Contender) -> None:
    if not Path(contender.command[0]).exists():
        raise ContenderError(f"{contender.command[0]} is not there, make it: {MAKING}")
