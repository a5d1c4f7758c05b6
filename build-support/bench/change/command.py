"""What a change of one module costs: the command."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from bench.change.checkout import Checkout
from bench.change.ending import exit_when_told
from bench.change.images import APART, remove_images
from bench.change.measurement import Measurement, Rebuilt, Rerun, measure
from bench.machine import describe
from bench.table import DEFAULT_FOLDER
from bench.verdict import Verdict, worst

FILE = "change.json"
MODULE = "src/python/recommendations/v1_servicer.py"
IMAGE = "src/docker/recommendations:image"
MOST_SECONDS = 20.0
MOST_BYTES = 1_000_000

Line = tuple[str, str, str, Verdict | None]
"""What was measured, its value, its goal, and whether that is reached."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "change",
        help="what a change of one module costs to test and to build",
        description="Copies the last commit, tests the copy, changes a module and tests again."
        " Tests that Pants has no results of run first, which may last. Where no image can be"
        " built, none is measured. Exit codes: 0 all goals are reached, 1 one is missed, or a"
        " test or a build fails.",
    )
    parser.add_argument("targets", nargs="*", default=["::"], help="whose tests to run (::)")
    parser.add_argument("--module", default=MODULE, help="what to change (%(default)s)")
    parser.add_argument("--image", default=IMAGE, help="what to build (%(default)s)")
    parser.add_argument("--minutes", type=float, default=60.0, help="at most (%(default)g)")
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="%(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print. Raises BuildError."""
    machine = describe()
    minutes = arguments.minutes
    with exit_when_told(), Checkout(Path.cwd(), 60 * minutes, **APART) as checkout:
        try:
            cost = measure(checkout, arguments.targets, arguments.module, arguments.image)
        finally:
            remove_images()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, "module": arguments.module, "change": asdict(cost)}
    (arguments.folder / FILE).write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"| after a change of `{arguments.module}` | | goal | |\n|---|---|---|---|\n")
    found = list(lines(cost))
    for name, value, goal, verdict in found:
        sys.stdout.write(f"| {name} | {value} | {goal} | {verdict.words if verdict else ''} |\n")
    sys.stdout.write("\n" + "; ".join(f"{name}: {text}" for name, text in machine.items()) + ".\n")
    return worst([verdict for *_, verdict in found if verdict]).value


def lines(cost: Measurement) -> Iterator[Line]:
    """Give the lines of a table. Without an image it says so, and nothing is missed."""
    yield from _of_tests(cost.rerun)
    if cost.rebuilt:
        yield from _of_image(cost.rebuilt)
    else:
        yield "the image", "left out: Pants says why", "", None


def _of_tests(rerun: Rerun) -> Iterator[Line]:
    yield "tests run again", f"{rerun.ran}", "", None
    yield "tests from the cache", f"{rerun.cached}", "", None
    needless = ", ".join(rerun.needless) or "none"
    yield "tests run needlessly", needless, "none", _verdict(not rerun.needless)
    seconds = f"{rerun.seconds:.0f} s, unchanged {rerun.unchanged_seconds:.0f} s"
    yield "all of it", seconds, "", None


def _of_image(rebuilt: Rebuilt) -> Iterator[Line]:
    seconds, size = rebuilt.seconds, sum(rebuilt.replaced)
    goal = f"≤ {MOST_SECONDS:g} s"
    yield "the image, built again", f"{seconds:.1f} s", goal, _verdict(seconds <= MOST_SECONDS)
    count = f"{len(rebuilt.replaced)} of {rebuilt.layers}"
    goal = f"< {MOST_BYTES / 1e6:g} MB"
    yield f"its layers, {count} replaced", f"{size / 1e6:.2f} MB", goal, _verdict(size < MOST_BYTES)


def _verdict(reached: bool) -> Verdict:
    return Verdict.REACHED if reached else Verdict.MISSED
