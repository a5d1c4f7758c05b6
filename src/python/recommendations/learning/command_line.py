"""The command line of training."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path

from recommendations.learning.interactions_csv import CsvInteractionSource, UnreadableInteractions
from recommendations.learning.marks import Marks, read_marks
from recommendations.learning.methods import NAMES, method_for
from recommendations.learning.terminal import bars, table
from recommendations.learning.training import BASELINE, NothingHeldBack, compare

PROGRAM = "recommendations-train"


def run_command(argv: Sequence[str]) -> int:
    """Judge methods, and give the exit code.

    0: done. 1: not possible here and now. 2: wrong options or wrong data.
    """
    arguments = _parser().parse_args(argv)
    arguments.method = arguments.method or [None]
    try:
        marks = read_marks(
            CsvInteractionSource(arguments.interactions), arguments.seed, bars(sys.stderr)
        )
        return _evaluate(marks, arguments)
    except UnreadableInteractions as error:
        return _failed(error, 2)


def _evaluate(marks: Marks, arguments: Namespace) -> int:
    books = len(marks.book_ids)
    methods = {each.name: each for each in (method_for(name, books) for name in arguments.method)}
    seeds = range(arguments.seed, arguments.seed + arguments.splits)
    try:
        scores = compare(marks, methods.values(), seeds=seeds, progress=bars(sys.stderr))
    except NothingHeldBack as error:
        return _failed(error, 1)
    sys.stdout.write(
        f"{len(marks)} marks of {books} books by {len(marks.reader_ids)} readers;"
        f" means over {len(seeds)} splits, in brackets times {BASELINE}\n"
        f"{table(scores, BASELINE)}\n"
    )
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        PROGRAM, description="Learns from what readers did which books are alike."
    )
    parser.add_argument(
        "--interactions", type=Path, metavar="FILE.csv", required=True, help="what readers did"
    )
    parser.add_argument(
        "--method",
        action="append",
        choices=NAMES,
        help="how to learn (default: what suits the books); may be repeated with --evaluate",
    )
    parser.add_argument(
        "--seed", type=_natural, default=1, help="decides what chance decides (default: 1)"
    )
    parser.add_argument(
        "--evaluate",
        action="store_true",
        required=True,
        help="write nothing; hold a mark of each reader back, and show how well it is foretold",
    )
    parser.add_argument(
        "--splits",
        type=_positive,
        default=5,
        help="how often to evaluate, with other marks held back each time (default: 5)",
    )
    return parser


def _natural(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 2**32:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**32 - 1}")


def _positive(text: str) -> int:
    if number := _natural(text):
        return number
    raise ArgumentTypeError("0 is too few")


def _failed(error: Exception, exit_code: int) -> int:
    sys.stderr.write(f"{PROGRAM}: {error}\n")
    return exit_code
