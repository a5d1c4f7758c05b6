"""All that is promised, measured and judged."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from bench.comparison import Comparison, Sample
from bench.contender import ContenderError
from bench.load import LoadError
from bench.machine import describe
from bench.quantities import ELSEWHERE, UNITS
from bench.row import Contest, Plan, Result, Row
from bench.verdict import Verdict, worst

NAME = "table"
FILE = "table.json"
DEFAULT_FOLDER = Path("dist/bench")


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    rows: Sequence[Row],
    on_request: Sequence[Row],
) -> None:
    """Add the command.

    rows: the table.
    on_request: rows that are measured only if they are named.
    """
    known = (*rows, *on_request)
    parser = commands.add_parser(
        NAME,
        help="what is promised of speed, measured",
        description="Measures the rows in turns with what they are compared with, and prints them"
        " as a Markdown table. Exit codes: 0 all goals are reached, 1 one is missed or was not"
        " measured, 3 the machine was too noisy to say.",
    )
    parser.add_argument(
        "--rows",
        type=lambda text: _chosen(known, text.split(",")),
        default=list(rows),
        metavar="NAME,…",
        help="those whose names begin so, of: " + " ".join(row.name for row in known),
    )
    default = Plan()
    parser.add_argument("--rounds", type=int, default=default.rounds, help="of each (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=default.seconds, help="of a round (%(default)g)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=DEFAULT_FOLDER,
        help="where all samples are written, for the report (%(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and judge."""
    plan = Plan(arguments.rounds, arguments.seconds)
    machine = describe()
    comparisons = {
        contest: _compared(contest, plan)
        for contest in dict.fromkeys(row.contest for row in arguments.rows)
    }
    found = [(row, comparisons[row.contest]) for row in arguments.rows]
    results = [Result(row, comparison) for row, comparison in found if comparison]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    document = as_document(results, machine, plan)
    (arguments.folder / FILE).write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    sys.stdout.write("\n".join(as_markdown(results, machine, plan)) + "\n")
    if missing := [row.name for row, comparison in found if not comparison]:
        sys.stderr.write(f"bench: not measured, see above: {', '.join(missing)}\n")
        return Verdict.MISSED.value
    return worst([result.verdict for result in results]).value


def _compared(contest: Contest, plan: Plan) -> Comparison | None:
    """Run a contest. One that cannot be run does not keep others from it: it is told why."""
    sys.stderr.write(f"== {contest.other} against {contest.base}\n")
    try:
        return contest.run(plan)
    except (ContenderError, LoadError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return None


def as_markdown(results: Sequence[Result], machine: Mapping[str, str], plan: Plan) -> Iterator[str]:
    """Give the table as lines of Markdown."""
    yield "| work | against | goal | times, of pairs | result | measured |"
    yield "|---|---|---|---|---|---|"
    for result in results:
        row, ratio, unit = result.row, result.ratio, UNITS[result.row.quantity]
        base, other = (
            unit.show(median(sample[row.quantity] for sample in samples))
            for samples in (result.comparison.base, result.comparison.other)
        )
        yield (
            f"| {row.work} | {row.against} | {row.direction.value} {row.goal:.3g}"
            f" | {ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
            f" | {result.verdict.words} | {other} to {base} {unit.words} |"
        )
    yield ""
    yield "; ".join(f"{name}: {value}" for name, value in machine.items()) + "."
    yield (
        f"{plan.rounds} rounds of {plan.seconds:g} s each in turns, load generator on the same"
        f" processors; medians, and between what a median lies (95 %). {_elsewhere(results)}"
    )


def as_document(
    results: Sequence[Result], machine: Mapping[str, str], plan: Plan
) -> dict[str, object]:
    """Give all samples and what they amount to, for JSON."""
    return {
        "machine": dict(machine),
        "plan": asdict(plan),
        "rows": [
            {
                "name": result.row.name,
                "work": result.row.work,
                "against": result.row.against,
                "quantity": result.row.quantity,
                "goal": result.row.goal,
                "direction": result.row.direction.value,
                "ratio": asdict(result.ratio),
                "verdict": result.verdict.words,
                "base": _side(result.row.contest.base, result.comparison.base),
                "other": _side(result.row.contest.other, result.comparison.other),
            }
            for result in results
        ],
    }


def _side(name: str, samples: Sequence[Sample]) -> dict[str, object]:
    return {"name": name, "samples": [dict(sample) for sample in samples]}


def _elsewhere(results: Sequence[Result]) -> str:
    shares = [
        sample[ELSEWHERE]
        for result in results
        for sample in (*result.comparison.base, *result.comparison.other)
        if ELSEWHERE in sample
    ]
    if not shares:
        return ""
    return f"Other programs took {median(shares):.0%} of the processors, {max(shares):.0%} at most."


def _chosen(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    chosen = [row for row in rows if any(row.name.startswith(name) for name in names)]
    if not chosen:
        raise argparse.ArgumentTypeError(f"no row has a name like {', '.join(names)}")
    return chosen
