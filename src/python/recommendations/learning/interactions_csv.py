"""Interactions from a CSV file, to try methods on without a database."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from recommendations.interaction import Interaction
from recommendations.interaction_row import interaction_from_row

BATCH = 10_000
MAX_PROBLEMS = 20
"""How many wrong rows an error names."""

_READER_COLUMNS = ("reader_id", "user_id")


class UnreadableInteractions(Exception):
    """The file cannot be read; the text names it and every wrong row, each on a line."""


class CsvInteractionSource:
    """Reads a file in UTF-8 whose first line names the columns `reader_id` and `book_id`.

    `kind` (`viewed`, `wished` or `bought`) and `at` (ISO 8601 with a time zone) are optional. For
    `reader_id` goodbooks data say `user_id`. Other columns are ignored.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Iterator[Sequence[Interaction]]:
        """See `InteractionSource`. Raises UnreadableInteractions."""
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.DictReader(file, strict=True)
                reader_column = self._reader_column(rows.fieldnames or ())
                interactions = self._interactions(rows, reader_column)
                while batch := list(islice(interactions, BATCH)):
                    yield batch
        except OSError as error:
            raise self._unreadable([error.strerror or str(error)]) from error
        except UnicodeDecodeError as error:
            raise self._unreadable(["not text in UTF-8"]) from error
        except csv.Error as error:
            raise self._unreadable([f"not CSV: {error}"]) from error

    def _reader_column(self, header: Sequence[str]) -> str:
        named = [column for column in _READER_COLUMNS if column in header]
        if not named or "book_id" not in header:
            raise self._unreadable(["line 1: the header must name reader_id and book_id"])
        return named[0]

    def _interactions(
        self, rows: "csv.DictReader[str]", reader_column: str
    ) -> Iterator[Interaction]:
        problems: list[str] = []
        for row in rows:
            try:
                yield interaction_from_row(row, reader_column)
            except ValueError as error:
                problems.append(f"line {rows.line_num}: {error}")
                if len(problems) == MAX_PROBLEMS:
                    break
        if problems:
            raise self._unreadable(problems)

    def _unreadable(self, problems: Sequence[str]) -> UnreadableInteractions:
        lines = [f"{self._path} cannot be read:", *(f"  {problem}" for problem in problems)]
        return UnreadableInteractions("\n".join(lines))
