"""A long time at half load: does memory grow, do calls get slower, does one fail?"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.comparison import Comparison, Interval, Sample
from bench.contender import Running
from bench.h2load import H2Load
from bench.machine import describe
from bench.measuring import measuring
from bench.plots import Line, Plot
from bench.quantities import P99, PER_SECOND, RESIDENT, UNITS
from bench.recommend import KINDS, ours
from bench.recommend_client import check_answer, three_mysteries
from bench.table import DEFAULT_FOLDER
from bench.verdict import Direction, Verdict, worst

FILE = "soak.json"
_WARM_UP_CALLS = 3000
_PEAK_SECONDS = 10.0
_FEWEST_CALLS = 50


@dataclass(frozen=True, slots=True)
class Limit:
    """How many times as much of a quantity there may be in the end as at the beginning."""

    name: str
    quantity: str
    times: float


LIMITS = (Limit("memory", RESIDENT, 1.05), Limit("99th percentile", P99, 1.2))


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "soak",
        help="hours at half load: memory, latency, failures",
        description="Drives one process of recommendations at a share of what it can do, and"
        " compares the last sixth of the time with the first. A call that fails ends it. Exit"
        " codes: 0 nothing drifts, 1 something does or a call failed, 3 the machine was too noisy"
        " to say.",
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (%(default)g)")
    parser.add_argument(
        "--share", type=float, default=0.5, help="of the most calls a second (%(default)g)"
    )
    parser.add_argument("--kind", choices=KINDS, help="what the service chooses")
    parser.add_argument(
        "--slice-seconds",
        type=float,
        default=30.0,
        help="of one measurement; at least six are made (%(default)g)",
    )
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="%(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Soak, print and judge."""
    count = max(6, round(arguments.minutes * 60 / arguments.slice_seconds))
    machine = describe()
    samples = _soak(arguments.kind, arguments.share, count, arguments.slice_seconds)
    ends = first_and_last(samples)
    ratios = {limit: ends.ratio(limit.quantity) for limit in LIMITS}
    arguments.folder.mkdir(parents=True, exist_ok=True)
    document = _document(samples, ratios, machine, arguments.slice_seconds)
    (arguments.folder / FILE).write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    rate = median(sample[PER_SECOND] for sample in samples)
    minutes = count * arguments.slice_seconds / 60
    sys.stdout.write(f"{minutes:g} minutes at {rate:.0f} calls a second; no call failed.\n\n")
    sys.stdout.write("| soak | goal | times, last sixth to first | result | from, to |\n")
    sys.stdout.write("|---|---|---|---|---|\n")
    for limit, ratio in ratios.items():
        sys.stdout.write(_line(limit, ratio, ends))
    sys.stdout.write("\n" + "; ".join(f"{name}: {text}" for name, text in machine.items()) + ".\n")
    return worst([_verdict(limit, ratio) for limit, ratio in ratios.items()]).value


def first_and_last(samples: Sequence[Sample]) -> Comparison:
    """Give the first sixth as base and the last one as other; at least six samples."""
    count = len(samples) // 6
    return Comparison(tuple(samples[:count]), tuple(samples[-count:]))


def _soak(kind: str | None, share: float, count: int, seconds: float) -> list[Sample]:
    """Raises LoadError at the first call that fails."""
    call, load = three_mysteries(), H2Load()
    load.check()
    with Running(ours(kind)) as running:
        check_answer(running.address)
        warm = load.drive(running.address, call, _WARM_UP_CALLS)
        calls = round(warm.per_second * min(_PEAK_SECONDS, seconds))
        peak = load.drive(running.address, call, calls).per_second
        paced = H2Load(per_second=peak * share, timeout_seconds=10 * seconds + 60)
        calls = max(_FEWEST_CALLS, round(peak * share * seconds))
        sys.stderr.write(f"{peak:.0f} calls a second at most; {peak * share:.0f} from now on\n")
        measure = measuring(
            running.contender.name,
            [running],
            lambda: paced.drive(running.address, call, calls),
        )
        return [measure() for _ in range(count)]


def _verdict(limit: Limit, ratio: Interval) -> Verdict:
    return Verdict.on(ratio, limit.times, Direction.AT_MOST)


def _line(limit: Limit, ratio: Interval, ends: Comparison) -> str:
    unit = UNITS[limit.quantity]
    first, last = (
        unit.show(median(sample[limit.quantity] for sample in side))
        for side in (ends.base, ends.other)
    )
    return (
        f"| {limit.name} | ≤ {limit.times:g}"
        f" | {ratio.median:.3f} ({ratio.low:.3f} to {ratio.high:.3f})"
        f" | {_verdict(limit, ratio).words} | {first}, {last} {unit.words} |\n"
    )


def _document(
    samples: Sequence[Sample],
    ratios: dict[Limit, Interval],
    machine: dict[str, str],
    seconds: float,
) -> dict[str, object]:
    minutes = [seconds * (number + 1) / 60 for number in range(len(samples))]
    plots = []
    for limit in ratios:
        unit = UNITS[limit.quantity]
        values = [sample[limit.quantity] * unit.factor for sample in samples]
        plots.append(
            Plot(
                f"{limit.name} during a soak at half load",
                f"Flat is right: at most {limit.times:g} times as much in the last sixth as in"
                " the first.",
                "minutes",
                unit.words,
                (Line(limit.name, tuple(zip(minutes, values, strict=True))),),
            ).document()
        )
    return {
        "machine": machine,
        "plots": plots,
        "limits": [
            {**asdict(limit), "ratio": asdict(ratio), "verdict": _verdict(limit, ratio).words}
            for limit, ratio in ratios.items()
        ],
        "samples": [dict(sample) for sample in samples],
    }
