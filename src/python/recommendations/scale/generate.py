"""Writes files of books and interactions of any size, for benchmarks.

Exit codes: 0 done, 1 a file cannot be written, 2 wrong usage.
"""

import csv
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path

from recommendations.book import MAX_ID
from recommendations.catalog_csv_writer import write_books
from recommendations.scale.synthetic_books import SyntheticBooks
from recommendations.scale.synthetic_readers import SyntheticInteractions


def main(argv: Sequence[str] | None = None) -> int:
    """Write `books.csv` and `interactions.csv` into a folder, and give the exit code."""
    arguments = _parser().parse_args(argv)
    books = SyntheticBooks(arguments.books, arguments.seed)
    interactions = SyntheticInteractions(books, arguments.interactions, arguments.seed)
    folder: Path = arguments.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "books.csv").open("w", encoding="utf-8", newline="") as file:
            write_books(books, file)
        with (folder / "interactions.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["reader_id", "book_id", "kind", "at"])
            for batch in interactions.read():
                writer.writerows(
                    (each.reader_id, each.book_id, each.kind.value, each.at and each.at.isoformat())
                    for each in batch
                )
    except OSError as error:
        sys.stderr.write(f"generate: {error.filename or folder}: {error.strerror or error}\n")
        return 1
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser("generate", description=__doc__)
    parser.add_argument("folder", type=Path, help="where books.csv and interactions.csv go")
    parser.add_argument("--books", type=_count, default=1_000_000)
    parser.add_argument("--interactions", type=_count, default=5_000_000)
    parser.add_argument("--seed", type=_count, default=1)
    return parser


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_ID:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MAX_ID}")


if __name__ == "__main__":
    sys.exit(main())
