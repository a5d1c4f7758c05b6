"""Imports a file into a database, whole or not at all."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from recommendations.book import Book
from recommendations.importing.forms import Form
from recommendations.importing.id_set import IdSet
from recommendations.importing.report import Report
from recommendations.importing.sources import (
    Advance,
    catalogue_books,
    goodbooks_books,
    interactions,
)
from recommendations.importing.text_file import sha256_of
from recommendations.interaction import Interaction, InteractionKind
from recommendations.storage.books import BATCH, write_books
from recommendations.storage.bulk import BulkInsert
from recommendations.storage.changes import changed
from recommendations.storage.database import Database
from recommendations.storage.tables import (
    CATALOGUE,
    IMPORTED_INTERACTIONS,
    BookRow,
    ImportRow,
    InteractionRow,
)

_SECONDS = 24 * 3600.0
_CACHE_KIB = 64 * 1024
"""For SQLite: what is changed is written in larger pieces."""


class _Undo(Exception):
    """Ends a transaction that is not to be kept."""


class Importer:
    """Writes files to a database, one transaction each.

    dry_run: do all but keep it.
    skip_wrong_rows: keep the rest of a file some of whose rows are wrong, rather than nothing.
    """

    def __init__(self, database: Database, *, dry_run: bool, skip_wrong_rows: bool) -> None:
        self._database = database
        self._dry_run = dry_run
        self._skip_wrong_rows = skip_wrong_rows

    def is_imported(self, *paths: Path) -> bool:
        """Tell whether files of the same content were imported before."""
        of_content = select(ImportRow.sha256).where(ImportRow.sha256 == sha256_of(*paths))
        with self._database.reading() as connection:
            return connection.execute(of_content).first() is not None

    def run(self, form: Form, paths: tuple[Path, ...], advance: Advance) -> Report:
        """Import a file; give what was wrong with it, and how many rows were kept.

        paths: the file, and those that it needs.
        advance: is told how many bytes more were read.

        Raises OSError or DatabaseUnavailable, and then nothing of the file is kept.
        """
        report = Report(paths[0])
        try:
            with self._database.writing(_SECONDS) as connection:
                if self._database.is_sqlite:
                    connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
                self._write(connection, form, paths, report, advance)
                if self._dry_run or (report.wrong_rows and not self._skip_wrong_rows):
                    raise _Undo
                _note(connection, form, paths, report)
        except _Undo:
            if not self._dry_run:
                report.rows = 0
        return report

    def _write(
        self,
        connection: Connection,
        form: Form,
        paths: tuple[Path, ...],
        report: Report,
        advance: Advance,
    ) -> None:
        if form is Form.CATALOGUE:
            report.what = "books"
            books: Iterator[Book] = catalogue_books(paths[0], report, advance)
            report.rows = write_books(connection, books)
            changed(connection, CATALOGUE)
        elif form is Form.GOODBOOKS_BOOKS:
            report.what = "books"
            path, tags, book_tags = paths
            books = goodbooks_books(path, tags, book_tags, report, advance)
            report.rows = write_books(connection, books)
            changed(connection, CATALOGUE)
        else:
            report.what = "interactions"
            to_read = form is Form.GOODBOOKS_TO_READ
            done = interactions(
                paths[0],
                report,
                advance,
                _known(connection),
                "user_id" if to_read else "reader_id",
                InteractionKind.WISHED if to_read else InteractionKind.VIEWED,
            )
            report.rows = _write_interactions(connection, done)
            changed(connection, IMPORTED_INTERACTIONS)


def _known(connection: Connection) -> IdSet:
    known = IdSet()
    ids = select(BookRow.id).execution_options(yield_per=BATCH)
    for book_id in connection.execute(ids).scalars():
        known.add(book_id)
    return known


def _write_interactions(connection: Connection, done: Iterable[tuple[Interaction, str]]) -> int:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(InteractionRow).on_conflict_do_nothing(
        index_elements=["reader_id", "idempotency_key"]
    )
    columns = ["reader_id", "book_id", "kind", "at", "idempotency_key"]
    bulk = BulkInsert(connection, insert, columns)
    rest = iter(done)
    count = 0
    while batch := list(islice(rest, BATCH)):
        # Neighbors in the index are written together; what one reader did keeps its order.
        batch.sort(key=_reader)
        bulk.write(
            (each.reader_id, each.book_id, each.kind.value, each.at, key) for each, key in batch
        )
        count += len(batch)
    return count


def _reader(row: tuple[Interaction, str]) -> int:
    return row[0].reader_id


def _note(connection: Connection, form: Form, paths: tuple[Path, ...], report: Report) -> None:
    """Remember that the file was imported."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {
        "sha256": sha256_of(*paths),
        "file_name": paths[0].name,
        "form": form.value,
        "rows": report.rows,
        "at": datetime.now(UTC),
    }
    insert = dialect.insert(ImportRow)
    connection.execute(insert.on_conflict_do_update(index_elements=["sha256"], set_=values), values)
