"""What more callers, more books and more processes cost: the points of plots."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.comparison import Sample
from bench.contender import Contender, Running
from bench.growth_plots import (
    FIRST_ANSWER,
    PAGE,
    WITH_PARTS,
    Curve,
    as_markdown,
    of_books,
    of_callers,
    of_processes,
)
from bench.h2load import H2Load
from bench.large_catalogue import database
from bench.load import LoadError
from bench.machine import describe
from bench.measuring import driving
from bench.page_weight import page_bytes
from bench.plots import Plot
from bench.recommend import KINDS, MANY_CONNECTIONS, SERVICE, ours
from bench.recommend_client import check_answer, three_mysteries
from bench.row import Measure, Plan
from bench.table import DEFAULT_FOLDER

FILE = "growth.json"
CALLERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
BOOKS = (9, 1000, 10_000, 100_000, 1_000_000)
PROCESSES = (1, 2, 3, 4)
CONNECTIONS = 4
"""At most; callers share them."""

_READ_SECONDS = 600.0
_POLL_SECONDS = 0.1


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "growth",
        help="calls, latency and memory against callers, books and processes",
        description="Measures each size in turns and prints medians; the report draws them.",
    )
    for name, default in (("callers", CALLERS), ("books", BOOKS), ("processes", PROCESSES)):
        parser.add_argument(
            f"--{name}",
            type=_sizes,
            default=list(default),
            metavar="N,…",
            help="sizes; none leaves it out (" + ",".join(map(str, default)) + ")",
        )
    parser.add_argument("--rounds", type=int, default=3, help="of each size (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a round (%(default)g)")
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="%(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print. Raises ContenderError or LoadError."""
    H2Load().check()
    machine, plan = describe(), Plan(arguments.rounds, arguments.seconds)
    plots: list[Plot] = []
    if arguments.callers:
        plots += of_callers({kind: _callers(kind, arguments.callers, plan) for kind in KINDS})
    if arguments.processes:
        plots += of_processes(_processes(arguments.processes, plan))
    if arguments.books:
        plots += of_books({count: _books(count, plan) for count in arguments.books})
    arguments.folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, "plots": [plot.document() for plot in plots]}
    (arguments.folder / FILE).write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    for plot in plots:
        sys.stdout.write("\n".join(as_markdown(plot)) + "\n\n")
    sys.stdout.write("; ".join(f"{name}: {value}" for name, value in machine.items()) + ".\n")
    return 0


def load_of(callers: int) -> H2Load:
    """Give the load of so many who wait for one call each, on as many connections as divide it."""
    connections = max(n for n in range(1, CONNECTIONS + 1) if callers % n == 0)
    return H2Load(connections, callers // connections)


def _callers(kind: str, sizes: Sequence[int], plan: Plan) -> Curve:
    with Running(ours(kind)) as running:
        check_answer(running.address)
        call = three_mysteries()
        return _in_turns({n: driving(running, load_of(n), call, plan) for n in sizes}, plan.rounds)


def _processes(sizes: Sequence[int], plan: Plan) -> Curve:
    with ExitStack() as stack:
        measures = {}
        for n in sizes:
            running = stack.enter_context(Running(ours(workers=n)))
            check_answer(running.address)
            measures[n] = driving(running, MANY_CONNECTIONS, three_mysteries(), plan)
        return _in_turns(measures, plan.rounds)


def _books(count: int, plan: Plan) -> Sample:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        sys.stderr.write(f"making {count:,} books\n")
        url = database(Path(folder), count)
        environ = {**ours().environ, "DATABASE_URL": url}
        del environ["CATALOGUE_FILE"]
        began = time.monotonic()
        shop = Contender.of_module(f"{count:,} books", SERVICE, environ=environ)
        running = stack.enter_context(Running(shop))
        _until_answered(running.address)
        answered = time.monotonic() - began
        with Running(_marketplace(running.address)) as front:
            html, all_of_it = page_bytes(f"http://{front.address}/")
        measure = driving(running, H2Load(), three_mysteries(), plan)
        sample = _in_turns({count: measure}, plan.rounds)[count]
        return {**sample, FIRST_ANSWER: answered, PAGE: html, WITH_PARTS: all_of_it}


def _marketplace(recommendations: str) -> Contender:
    environ = {"LISTEN_PORT": "0", "LOG_FORMAT": "json", "RECOMMENDATIONS_HOST": recommendations}
    return Contender.of_module("marketplace", "marketplace.main", environ=environ)


def _until_answered(address: str) -> None:
    end = time.monotonic() + _READ_SECONDS
    while True:
        try:
            return check_answer(address)
        except LoadError:  # It has not read its books yet.
            if time.monotonic() > end:
                raise
            time.sleep(_POLL_SECONDS)


def _in_turns(measures: Mapping[int, Measure], rounds: int) -> Curve:
    """Give the medians of each size."""
    found: dict[int, list[Sample]] = {size: [] for size in measures}
    for _ in range(rounds):
        for size, measure in measures.items():
            found[size].append(measure())
    return {
        size: {name: median(each[name] for each in samples) for name in samples[0]}
        for size, samples in found.items()
    }


def _sizes(text: str) -> list[int]:
    if text == "none":
        return []
    sizes = [int(each) for each in text.split(",")]
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError("sizes are 1 or more")
    return sorted(set(sizes))
