"""One round with a contender under load."""

import os
import resource
import sys
import time
from collections.abc import Callable, Sequence

from bench.comparison import Sample
from bench.contender import Running
from bench.h2load import Call, H2Load
from bench.load import Load
from bench.processes import busy_seconds
from bench.quantities import CPU, ELSEWHERE, OWN_MEMORY, P50, P99, PEAK_MEMORY, PER_SECOND, RESIDENT
from bench.row import Measure, Plan

_WARM_UP_CALLS = 3000
_FEWEST_CALLS = 200


def measuring(name: str, running: Sequence[Running], drive: Callable[[], Load]) -> Measure:
    """Give what makes a round, and tells on standard error how fast it was.

    running: all programs that answer together, such as a page and the service that it calls.
    drive: makes the load.
    """

    def measure() -> Sample:
        began, busy, mine = time.monotonic(), busy_seconds(), _taken_here()
        before = sum(each.usage().cpu_seconds for each in running)
        load = drive()
        used = [each.usage() for each in running]
        taken = sum(each.cpu_seconds for each in used) - before
        elsewhere = busy_seconds() - busy - taken - (_taken_here() - mine)
        capacity = (time.monotonic() - began) * (os.cpu_count() or 1)
        sample = {
            PER_SECOND: load.per_second,
            P50: load.p50_seconds,
            P99: load.p99_seconds,
            CPU: taken / load.requests,
            PEAK_MEMORY: max(peak for each in used for peak in each.peak_bytes),
            OWN_MEMORY: sum(each.own_bytes for each in used),
            RESIDENT: sum(each.resident_bytes for each in used),
            ELSEWHERE: max(0.0, elsewhere / capacity),
        }
        sys.stderr.write(
            f"{name}: {load.per_second:.0f} a second, p99 {load.p99_seconds * 1e3:.1f} ms,"
            f" {sample[CPU] * 1e6:.0f} µs of processor time each;"
            f" others took {sample[ELSEWHERE]:.0%} of the machine\n"
        )
        return sample

    return measure


def driving(running: Running, load: H2Load, call: Call, plan: Plan) -> Measure:
    """Warm a gRPC server up, and give what makes a round of about as long as planned."""
    warm = load.drive(running.address, call, _WARM_UP_CALLS)
    calls = max(_FEWEST_CALLS, round(warm.per_second * plan.seconds))
    name = running.contender.name
    return measuring(name, [running], lambda: load.drive(running.address, call, calls))


def _taken_here() -> float:
    """Give the processor time of this process and of the load generators that have ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
