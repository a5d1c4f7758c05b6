"""`recommendations import`, as a person runs it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from recommendations.book import Book
from recommendations.catalog import Catalog
from recommendations.command_line import run_command
from recommendations.storage.books import read_books
from recommendations.storage.changes import changes
from recommendations.storage.database import Database
from recommendations.storage.tables import InteractionRow

HEADER = "id,title,authors,year,categories\n"
DONE = "reader_id,book_id,kind,at\n"
Write = Callable[[str, str], str]
"""Writes a text to a file of a name, and gives its path."""


class Command:
    """Runs against a database, and gives the exit code; keeps what was said last."""

    def __init__(self, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
        self.database = database
        url = database.url.render_as_string(hide_password=False)
        self._environ = {"DATABASE_URL": url}
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *argv: str) -> int:
        try:
            return run_command(["import", *argv], self._environ)
        except SystemExit as error:
            return int(error.code or 0)
        finally:
            self.out, self.err = self._capsys.readouterr()

    def books(self) -> list[Book]:
        """Give the books that are in the database now."""
        with self.database.reading() as connection:
            return list(read_books(connection, Catalog([]).get))

    def titles(self) -> dict[int, str]:
        """Give their titles by their ids."""
        return {book.id: book.title for book in self.books()}

    def done(self) -> list[tuple[int, int, str, str]]:
        """Give what readers did: who, with which book, what, and when; the oldest first."""
        columns = (InteractionRow.reader_id, InteractionRow.book_id, InteractionRow.kind)
        ordered = select(*columns, InteractionRow.at).order_by(InteractionRow.id)
        with self.database.reading() as connection:
            return [
                (row.reader_id, row.book_id, row.kind, row.at.isoformat() if row.at else "")
                for row in connection.execute(ordered)
            ]

    def changes(self) -> dict[str, int]:
        """Give the numbers by which processes notice that something has changed."""
        with self.database.reading() as connection:
            return changes(connection)


def book(number: int, title: str = "") -> str:
    """Give a row for a book."""
    return f"{number},{title or number},Somebody,1990,mystery;fantasy\n"
