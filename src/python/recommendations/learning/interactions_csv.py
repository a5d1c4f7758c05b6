"""Interactions from a CSV file, to try methods on without a database."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from recommendations.book import MAX_ID
from recommendations.interaction import MAX_READER_ID, Interaction, InteractionKind

BATCH = 10_000
MAX_PROBLEMS = 20
"""How many wrong rows an error names."""

_READER_COLUMNS = ("reader_id", "user_id")
_KINDS = {kind.value: kind for kind in InteractionKind}


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
                yield _interaction(row, reader_column)
            except ValueError as error:
                problems.append(f"line {rows.line_num}: {error}")
                if len(problems) == MAX_PROBLEMS:
                    break
        if problems:
            raise self._unreadable(problems)

    def _unreadable(self, problems: Sequence[str]) -> UnreadableInteractions:
        lines = [f"{self._path} cannot be read:", *(f"  {problem}" for problem in problems)]
        return UnreadableInteractions("\n".join(lines))


def _interaction(row: Mapping[str, str | None], reader_column: str) -> Interaction:
    kind = row.get("kind") or InteractionKind.VIEWED.value
    if kind not in _KINDS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(_KINDS)}")
    return Interaction(
        _id(reader_column, row[reader_column], MAX_READER_ID),
        _id("book_id", row["book_id"], MAX_ID),
        _KINDS[kind],
        _moment(row.get("at") or None),
    )


def _id(column: str, cell: str | None, highest: int) -> int:
    if cell and cell.isascii() and cell.isdigit() and 1 <= int(cell) <= highest:
        return int(cell)
    raise ValueError(f"{column}: {cell or ''!r} is not a whole number from 1 to {highest}")


def _moment(cell: str | None) -> datetime | None:
    if cell is None:
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"at: {cell!r} is not a moment like 2026-01-31T12:00:00Z")
    return moment
