"""The result of a comparison, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from statistics import median

from bench.comparison import Comparison, Interval, Sample
from bench.verdict import Verdict

_HEAD = (
    f"{'server':8} {'':8} {'calls/s':>8} {'min':>7} {'max':>7}"
    f" {'CPU µs/call':>12} {'min':>6} {'max':>6}\n"
)
_FOOT = "Medians of pairs in turns; in brackets, between what a median lies (95 %).\n"
_GOAL_WORDS = {
    Verdict.WITHIN: "reached",
    Verdict.OVER: "missed",
    Verdict.UNCLEAR: Verdict.UNCLEAR.words,
}


def as_table(results: Mapping[str, Comparison], limit: float) -> str:
    """Give medians and extremes, what the chassis costs, and whether that is within the limit.

    limit: part of throughput, 0.15 for 15 %.
    """
    lines = [_HEAD]
    for kind, result in results.items():
        lines += [_row(kind, "bare", result.base), _row("", "chassis", result.other)]
        verdict = Verdict.on(result.throughput_cost, limit)
        lines.append(
            f"{'':8} costs {_percent(result.throughput_cost)} of throughput (limit {limit:.0%}:"
            f" {verdict.words}),\n"
            f"{'':8} {_percent(result.cpu_cost)} more processor time,"
            f" {result.extra_cpu_micros.median:.0f} µs a call\n"
        )
    lines.append(_FOOT)
    return "".join(lines)


def as_gains(results: Mapping[str, Comparison], base: str, other: str, goal: float) -> str:
    """Give medians and extremes, how much faster the other is, and whether that is the goal.

    base, other: what the two are called.
    goal: times the base's throughput.
    """
    lines = [_HEAD]
    for kind, result in results.items():
        lines += [_row(kind, base, result.base), _row("", other, result.other)]
        gain, verdict = result.gain, Verdict.on(result.throughput_cost, 1 - goal)
        lines.append(
            f"{'':8} {gain.median:.2f} [{gain.low:.2f}, {gain.high:.2f}] times the calls"
            f" (goal {goal:g}: {_GOAL_WORDS[verdict]})\n"
        )
    lines.append(_FOOT)
    return "".join(lines)


def as_json(results: Mapping[str, Comparison], limit: float) -> str:
    """Give all samples and what they amount to."""
    document = {
        kind: {
            "bare": [asdict(sample) for sample in result.base],
            "chassis": [asdict(sample) for sample in result.other],
            "throughput_cost": asdict(result.throughput_cost),
            "cpu_cost": asdict(result.cpu_cost),
            "extra_cpu_micros": asdict(result.extra_cpu_micros),
            "limit": limit,
            "verdict": Verdict.on(result.throughput_cost, limit).name.lower(),
        }
        for kind, result in results.items()
    }
    return json.dumps(document, indent=2) + "\n"


def _row(kind: str, name: str, samples: tuple[Sample, ...]) -> str:
    speeds = [sample.calls_per_second for sample in samples]
    cpu = [sample.cpu_micros for sample in samples]
    return (
        f"{kind:8} {name:8} {median(speeds):8.0f} {min(speeds):7.0f} {max(speeds):7.0f}"
        f" {median(cpu):12.0f} {min(cpu):6.0f} {max(cpu):6.0f}\n"
    )


def _percent(cost: Interval) -> str:
    return f"{cost.median:.1%} [{cost.low:.1%}, {cost.high:.1%}]"
