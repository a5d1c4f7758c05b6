"""Measures the service at a size that it may reach, over the wire, against the goals for it.

It makes a database of books and readers that do not exist, and another of nine books, and starts
the service over each as production does. Sizes take turns, round by round, so that what else the
machine does falls on both alike. Progress goes to standard error, results to standard output.

Exit codes: 0 all goals are reached, 1 not measured, 3 a goal is missed.
"""

import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median

import grpc

from recommendations.scale.database import NINE_READERS, CommandError, many_books, nine_books
from recommendations.scale.goals import Figure, report
from recommendations.scale.server_process import ServerError, ServerProcess
from recommendations.scale.timing_client import TimingClient

MISSED = 3
READY_SECONDS = 20.0
MEGABYTES = 1200.0
TIMES_NINE_BOOKS = 1.5
ROWS_PER_SECOND = 20_000.0
MANY_ROWS = 1_000_000
QUERIES = {
    "common word": "the",
    "several common words": "the amber harbor of",
    "rare words": "babada bababababa",
    "prefix of one letter": "t",
    "prefix of three letters": "har",
    "words and a short prefix": "the amber h",
    "diacritics": "hárbör vóyage",
}
_READERS = 200
_STRANGERS = 10**12
_SETTLE_SECONDS = 600.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and give the exit code."""
    parser = ArgumentParser("serving", description=__doc__)
    parser.add_argument("--books", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=["threads", "asyncio"], default="asyncio")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--calls", type=int, default=300, help="of each kind, in each round")
    parser.add_argument("--cache", type=Path, default=_cache(), help="where the database is kept")
    parser.add_argument("--json", type=Path, help="a file for the same figures")
    arguments = parser.parse_args(argv)
    load = os.getloadavg()[0]
    try:
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            nine = nine_books(Path(folder))
            many = many_books(
                arguments.cache, arguments.books, arguments.interactions, arguments.seed
            )
            figures = [
                # Of few rows it is the start of the command that takes time.
                Figure(
                    f"import of {file}",
                    rows / seconds,
                    "rows/s",
                    at_least=ROWS_PER_SECOND if rows >= MANY_ROWS else None,
                )
                for file, (rows, seconds) in many.imports.items()
            ]
            rounds, calls = arguments.rounds, arguments.calls
            figures += measure(nine.url, many.url, arguments.kind, rounds, calls)
    except (CommandError, ServerError, grpc.RpcError, OSError) as error:
        sys.stderr.write(f"serving: {error}\n")
        return 1
    what = f"{arguments.books:,} books, {arguments.interactions:,} interactions, {arguments.kind}"
    sys.stdout.write(f"{what}; load {load:.2f} before, {os.getloadavg()[0]:.2f} after\n")
    sys.stdout.write(report(figures))
    if arguments.json:
        values = [each.as_json() for each in figures]
        arguments.json.write_text(json.dumps({"what": what, "figures": values}, indent=1) + "\n")
    return MISSED if any(each.missed for each in figures) else 0


def measure(nine: str, many: str, kind: str, rounds: int, calls: int) -> list[Figure]:
    """Start the service over two databases, call both, and give what was seen."""
    with ExitStack() as stack:
        large = stack.enter_context(ServerProcess(many, kind))
        small = stack.enter_context(ServerProcess(nine, kind))
        figures = [
            Figure("ready after", large.ready_seconds, "s", at_most=READY_SECONDS),
            Figure("of it reading the snapshot", large.snapshot_seconds(), "s"),
            Figure("processor time until then", large.ready_cpu_seconds, "s"),
        ]
        to_large, to_small = (
            stack.enter_context(TimingClient(each.address)) for each in (large, small)
        )
        for client in (to_large, to_small):
            client.wait_until_it_searches(_SETTLE_SECONDS)
        figures += _recommending(to_small, to_large, rounds, calls)
        for name, query in QUERIES.items():
            figures += _searching(to_large, f"search, {name}", query, calls)
        if kind == "asyncio":
            blocked = large.metric("event_loop_blocked_total")
            figures.append(Figure("event loop blocked over 0.25 s", blocked, "times", at_most=0))
        figures.append(Figure("peak memory", large.peak_megabytes(), "MB", at_most=MEGABYTES))
    return figures


def _recommending(
    small: TimingClient, large: TimingClient, rounds: int, calls: int
) -> list[Figure]:
    rng = Random(1)
    strangers = [rng.randrange(_STRANGERS, 2 * _STRANGERS) for _ in range(_READERS)]
    everybody = range(1, NINE_READERS + 1)
    readers = {
        "known reader": [
            [each for each in rng.choices(everybody, k=_READERS) if client.is_known(each)]
            for client in (small, large)
        ],
        "new reader": [strangers, strangers],
    }
    figures = []
    for who, of in readers.items():
        times: tuple[list[float], list[float]] = ([], [])
        ratios = []
        for _ in range(rounds):
            medians = []
            for client, ids, taken in zip((small, large), of, times, strict=True):
                seconds = client.recommend(rng.choices(ids, k=calls))
                taken += seconds
                medians.append(median(seconds))
            ratios.append(medians[1] / medians[0])
        for size, taken in zip(("9 books", "all books"), times, strict=True):
            figures.append(Figure(f"Recommend, {who}, {size}, p50", median(taken) * 1e6, "µs"))
            figures.append(Figure("p99", _percentile(taken, 99) * 1e6, "µs"))
        ratio = median(ratios)
        figures.append(Figure("times that of 9 books", ratio, "", at_most=TIMES_NINE_BOOKS))
    return figures


def _searching(client: TimingClient, name: str, query: str, calls: int) -> list[Figure]:
    taken = client.search(query, calls)
    return [
        Figure(f"{name} ({query!r}), p50", median(taken) * 1e3, "ms"),
        Figure("p99", _percentile(taken, 99) * 1e3, "ms"),
    ]


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def _cache() -> Path:
    caches = os.environ.get("XDG_CACHE_HOME", "")
    return Path(caches if caches.startswith("/") else Path.home() / ".cache") / "onlinebooks/scale"


if __name__ == "__main__":
    sys.exit(main())
