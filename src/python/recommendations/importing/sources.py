"""Books and interactions from files, row by row, with what is wrong told apart."""

from collections.abc import Callable, Iterator
from pathlib import Path

from recommendations.book import Book
from recommendations.catalog_csv import header_problems
from recommendations.catalog_row import book_from_row
from recommendations.csv_rows import read_rows
from recommendations.errors import InvalidBook
from recommendations.goodbooks.shelved import shelved
from recommendations.goodbooks.source import UnreadableSource, read_books, read_marks
from recommendations.importing.id_set import IdSet
from recommendations.importing.report import Report
from recommendations.importing.text_file import lines_of
from recommendations.interaction import Interaction, InteractionKind
from recommendations.interaction_row import interaction_from_row

Advance = Callable[[int], object]
Row = tuple[int, dict[str, str]]


def catalogue_books(path: Path, report: Report, advance: Advance) -> Iterator[Book]:
    """Give the books of a catalogue file that are right; see docs/catalogue.md."""
    rows = read_rows(lines_of(path, advance), report.wrong)
    line, header = next(rows, (1, []))
    if problems := list(header_problems(header)):
        for problem in problems:
            report.wrong(line, problem)
        return
    seen = IdSet()
    for line, cells in _cells(header, rows, report):
        try:
            book = book_from_row(cells)
        except InvalidBook as error:
            for problem in error.problems:
                report.wrong(line, problem)
            continue
        if not seen.add(book.id):
            report.wrong(line, f"id: {book.id} is already on a line before")
            continue
        yield book


def goodbooks_books(
    path: Path, tags: Path, book_tags: Path, report: Report, advance: Advance
) -> Iterator[Book]:
    """Give the books of goodbooks in their categories, or none if anything is wrong."""
    try:
        books, _ = shelved(path, read_books(path), read_marks(tags, book_tags))
    except UnreadableSource as error:
        report.unreadable(str(error))
        return
    advance(path.stat().st_size)
    yield from books


def interactions(
    path: Path,
    report: Report,
    advance: Advance,
    known: IdSet,
    reader_column: str,
    default_kind: InteractionKind,
) -> Iterator[tuple[Interaction, str]]:
    """Give the interactions of a file that are right, each with its idempotency key.

    known: the ids of all books.
    """
    rows = read_rows(lines_of(path, advance), report.wrong)
    _, header = next(rows, (1, []))
    for line, cells in _cells(header, rows, report):
        try:
            interaction = interaction_from_row(cells, reader_column, default_kind)
        except ValueError as error:
            report.wrong(line, str(error))
            continue
        if interaction.book_id not in known:
            report.wrong(line, f"book_id: there is no book {interaction.book_id}")
            continue
        yield interaction, _key(interaction)


def _key(interaction: Interaction) -> str:
    """Name an interaction by what it is, so that to import it again changes nothing."""
    at = "" if interaction.at is None else str(round(interaction.at.timestamp() * 1_000_000))
    return f"import:{interaction.kind.value}:{interaction.book_id}:{at}"


def _cells(
    header: list[str], rows: Iterator[tuple[int, list[str]]], report: Report
) -> Iterator[Row]:
    columns = len(header)
    for line, row in rows:
        if len(row) == columns:
            yield line, dict(zip(header, row, strict=True))
        elif row:
            report.wrong(line, f"{len(row)} cells where the header names {columns} columns")
        else:
            report.wrong(line, "blank")
