"""Inserts of many rows, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select

from recommendations.storage.bulk import BulkInsert
from recommendations.storage.database import Database
from recommendations.storage.tables import BookRow, ImportRow

MOMENT = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))
COLUMNS = ["at", "sha256", "rows", "form", "file_name"]


def test_rows_are_what_an_insert_of_one_would_have_made(database: Database) -> None:
    """Lists, truth, and moments with a time zone included; in whichever order columns come."""
    with database.writing() as connection:
        books = ["featured", "authors", "title", "publication_year", "id"]
        bulk = BulkInsert(connection, insert(BookRow), books)
        bulk.write([(True, ["Zoë", 'A "B"'], "%(id)s ? :id", 1990, 7), (False, [], "x", 0, 8)])
        BulkInsert(connection, insert(ImportRow), COLUMNS).write([(MOMENT, "a", 1, "f", "n")])
    with database.reading() as connection:
        rows = connection.execute(select(BookRow.__table__).order_by(BookRow.id)).all()
        (at,) = connection.execute(select(ImportRow.at)).scalars()
    expected = [(7, "%(id)s ? :id", ["Zoë", 'A "B"'], 1990, True), (8, "x", [], 0, False)]
    assert expected == [tuple(row) for row in rows]
    assert datetime(2026, 1, 31, 10, tzinfo=UTC) == at


def test_no_rows_are_no_insert(database: Database) -> None:
    with database.writing() as connection:
        BulkInsert(connection, insert(ImportRow), COLUMNS).write([])
        assert [] == connection.execute(select(ImportRow.at)).all()


def test_values_that_a_type_refuses_are_refused(database: Database) -> None:
    without_zone = datetime(2026, 1, 31)
    with database.writing() as connection:
        bulk = BulkInsert(connection, insert(ImportRow), COLUMNS)
        with pytest.raises(ValueError, match="time zone"):
            bulk.write([(without_zone, "a", 1, "f", "n")])
