"""What training is told on the command line."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path

from recommendations.learning.methods import NAMES

PROGRAM = "recommendations-train"


def parse(argv: Sequence[str]) -> Namespace:
    """Read the options. What is wrong ends the program with a message and 2."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.interactions and not options.evaluate:
        parser.error("--interactions needs --evaluate: models stay where interactions come from")
    if len(options.method) > 1 and not options.evaluate:
        parser.error("a model is learned by one --method; --evaluate takes several")
    if len(options.method) != 1 and options.parameters:
        parser.error("--set needs one --method, whose parameter it is")
    return options


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        PROGRAM,
        description="Learns from what readers did which books are alike, and leaves a new model in"
        " the database that DATABASE_URL names.",
    )
    parser.add_argument(
        "--seed", type=_natural, default=1, help="decides what chance decides (default: 1)"
    )
    parser.add_argument(
        "--method",
        action="append",
        default=[],
        choices=NAMES,
        help="how to learn (default: what suits the books); may be repeated with --evaluate",
    )
    parser.add_argument(
        "--set",
        dest="parameters",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=NUMBER",
        help="another parameter of the method; may be repeated",
    )
    parser.add_argument(
        "--evaluate",
        action="store_true",
        help="write nothing; hold a mark of each reader back, and show how well it is foretold",
    )
    parser.add_argument(
        "--splits",
        type=_positive,
        default=5,
        metavar="N",
        help="how often to evaluate, with other marks held back each time (default: 5)",
    )
    parser.add_argument(
        "--interactions",
        type=Path,
        metavar="FILE.csv",
        help="with --evaluate: take interactions from this file",
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


def _parameter(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not like ridge=100") from None
