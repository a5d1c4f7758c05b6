"""Reads the files of goodbooks: books, tags, and how many readers put which tag on which book."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from recommendations.book import UNKNOWN_YEAR
from recommendations.catalog_row import LIST_SEPARATOR, shown

T = TypeVar("T")

MAX_PROBLEMS = 100
"""How many problems an error names; those beyond are counted."""

Marks = Mapping[str, int]
"""How many readers put each tag on a book, by the name of the tag."""

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
# The source keeps years as floating-point numbers.
_YEAR = re.compile(r"(-?[0-9]{1,18})(\.0)?")


class UnreadableSource(Exception):
    """A file of goodbooks that cannot be read. The text says why, line by line."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        lines = [f"{path} cannot be read:", *(f"  {p}" for p in problems[:MAX_PROBLEMS])]
        if len(problems) > MAX_PROBLEMS:
            lines.append(f"  and {len(problems) - MAX_PROBLEMS} more")
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class SourceBook:
    """A row of books.csv: `line` is where it stands, `goodreads_id` is how the tags name it."""

    line: int
    id: int
    goodreads_id: int
    title: str
    authors: tuple[str, ...]
    publication_year: int


def read_books(path: Path) -> list[SourceBook]:
    """Read books.csv. Raises UnreadableSource with every row that is wrong."""
    lines: dict[int, int] = {}

    def new_book(line: int, cells: Mapping[str, str]) -> SourceBook:
        book = _book(line, cells)
        first_line = lines.setdefault(book.id, line)
        if first_line != line:
            raise ValueError(f"book_id: {book.id} is already on line {first_line}")
        return book

    columns = ("book_id", "goodreads_book_id", "authors", "original_publication_year", "title")
    return _read(path, columns, new_book)


def read_marks(tags_path: Path, marks_path: Path) -> dict[int, Marks]:
    """Read tags.csv and book_tags.csv: the marks of each book, by its id on Goodreads.

    Counts below one say nothing and are left out; of two counts of one tag the larger holds.
    Raises UnreadableSource with every row of a file that is wrong.
    """
    names = dict(_read(tags_path, ("tag_id", "tag_name"), _tag))

    def known_mark(_line: int, cells: Mapping[str, str]) -> tuple[int, str, int]:
        tag_id = _whole_number("tag_id", cells)
        if tag_id not in names:
            raise ValueError(f"tag_id: {tag_id} is not in {tags_path.name}")
        return (
            _whole_number("goodreads_book_id", cells),
            names[tag_id],
            _whole_number("count", cells),
        )

    marks: dict[int, dict[str, int]] = {}
    columns = ("goodreads_book_id", "tag_id", "count")
    for goodreads_id, tag, count in _read(marks_path, columns, known_mark):
        if count > 0:
            of_book = marks.setdefault(goodreads_id, {})
            of_book[tag] = max(count, of_book.get(tag, 0))
    return dict(marks)


def _read(
    path: Path, columns: Sequence[str], parse: Callable[[int, Mapping[str, str]], T]
) -> list[T]:
    values: list[T] = []
    problems: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if missing := [column for column in columns if column not in header]:
                raise csv.Error(f"the header lacks {', '.join(missing)}")
            line = reader.line_num + 1
            for row in reader:
                try:
                    values.append(parse(line, _cells(header, row)))
                except ValueError as error:
                    problems.append(f"line {line}: {error}")
                line = reader.line_num + 1
    except OSError as error:
        problems.append(error.strerror or str(error))
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(f"not a table in UTF-8: {error}")
    if problems:
        raise UnreadableSource(path, problems)
    return values


def _cells(header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    if len(row) != len(header):
        raise ValueError(f"{len(row)} cells where the header names {len(header)} columns")
    return dict(zip(header, row, strict=True))


def _tag(_line: int, cells: Mapping[str, str]) -> tuple[int, str]:
    return _whole_number("tag_id", cells), cells["tag_name"]


def _book(line: int, cells: Mapping[str, str]) -> SourceBook:
    if LIST_SEPARATOR in cells["authors"]:
        raise ValueError(f"authors: {LIST_SEPARATOR!r} in {shown(cells['authors'])}")
    # The source lists some authors twice: keep the first of each.
    authors = dict.fromkeys(_single_spaced(name) for name in cells["authors"].split(","))
    return SourceBook(
        line=line,
        id=_whole_number("book_id", cells),
        goodreads_id=_whole_number("goodreads_book_id", cells),
        title=_single_spaced(cells["title"]),
        authors=tuple(authors),
        publication_year=_year(cells["original_publication_year"]),
    )


def _year(cell: str) -> int:
    if not cell:
        return UNKNOWN_YEAR
    if year := _YEAR.fullmatch(cell):
        return int(year[1])
    raise ValueError(f"original_publication_year: {shown(cell)} is not a year")


def _whole_number(column: str, cells: Mapping[str, str]) -> int:
    if _WHOLE_NUMBER.fullmatch(cells[column]):
        return int(cells[column])
    raise ValueError(f"{column}: {shown(cells[column])} is not a whole number")


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
