"""Copies of the books and the model, from both databases."""

from array import array
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, text

from recommendations.book import Book, Category
from recommendations.catalog_csv import load_default
from recommendations.errors import (
    DatabaseUnavailable,
    InvalidBook,
    SchemaMismatch,
    Unavailability,
)
from recommendations.learning.model import LearnedModel, ModelInfo, ModelRow
from recommendations.storage.books import BATCH, write_books
from recommendations.storage.changes import changed
from recommendations.storage.database import Database
from recommendations.storage.similarities import SqlSimilarityStore
from recommendations.storage.snapshots import Snapshot, SnapshotReader
from recommendations.storage.tables import CATALOGUE, BookCategoryRow, BookRow

HISTORY, FANTASY = Category.HISTORY, Category.FANTASY


def book(book_id: int, title: str = "T", *categories: Category) -> Book:
    return Book(book_id, title, ("A", "Ä; b\\"), -720, categories or (HISTORY,), book_id == 1)


def put(database: Database, *books: Book) -> None:
    with database.writing() as connection:
        write_books(connection, books)
        changed(connection, CATALOGUE)


def read(database: Database, former: Snapshot | None = None) -> Snapshot:
    newer = SnapshotReader(database).newer_than(former)
    assert newer is not None
    return newer


def test_books_come_back_as_they_were_written_by_id(database: Database) -> None:
    books = [book(2**31 - 1, "Zürich “Ω”", FANTASY, HISTORY), book(1), book(2, "x" * 500)]
    put(database, *books)
    assert sorted(books, key=lambda each: each.id) == list(read(database).catalog.books)


def test_the_catalogue_that_ships_survives_the_way(database: Database) -> None:
    put(database, *load_default().books)
    assert load_default().books == read(database).catalog.books


def test_a_book_that_is_written_again_is_replaced_whole(database: Database) -> None:
    put(database, book(1, "Old", HISTORY, FANTASY), book(2))
    put(database, book(1, "New", FANTASY))
    assert (book(1, "New", FANTASY), book(2)) == read(database).catalog.books


@pytest.mark.parametrize("categories", [tuple(Category), tuple(reversed(Category))])
def test_a_book_may_be_of_all_categories(
    database: Database, categories: tuple[Category, ...]
) -> None:
    put(database, book(1, "T", *categories))
    assert categories == read(database).catalog.books[0].categories


def test_a_book_that_breaks_a_rule_is_not_served(database: Database) -> None:
    """Whoever else has written it."""
    put(database, book(1))
    with database.writing() as connection:
        connection.execute(delete(BookCategoryRow))
    with pytest.raises(InvalidBook, match="at least one is needed"):
        SnapshotReader(database).newer_than(None)


def test_more_books_than_one_batch_come_back(database: Database) -> None:
    books = tuple(book(n, f"{n}", FANTASY, HISTORY) for n in range(1, 2 * BATCH + 2))
    put(database, *books)
    assert books == read(database).catalog.books


def test_what_has_not_changed_is_not_read_again(database: Database) -> None:
    put(database, book(1))
    former = read(database)
    assert SnapshotReader(database).newer_than(former) is None


def test_a_book_that_has_not_changed_is_the_same_object(database: Database) -> None:
    """Else every refresh would need the memory of two catalogues."""
    put(database, book(1), book(2))
    former = read(database)
    put(database, book(2, "New"))
    newer = read(database, former)
    assert former.catalog.books[0] is newer.catalog.books[0]
    assert "New" == newer.catalog.books[1].title


def test_a_new_model_comes_with_the_same_books(database: Database) -> None:
    put(database, book(1))
    former = read(database)
    assert former.model is None
    info = ModelInfo("cosine", {}, 1, datetime(2026, 1, 1, tzinfo=UTC), 1, 1)
    rows = [ModelRow(1, 1, array("i", [2]), array("f", [0.5]))]
    SqlSimilarityStore(database).write(LearnedModel.from_rows(info, rows))
    newer = read(database, former)
    assert former.catalog is newer.catalog
    assert newer.model is not None
    assert rows == list(newer.model.rows())
    put(database, book(2))
    newest = read(database, newer)
    assert newer.model is newest.model
    assert 2 == len(newest.catalog)


def test_a_database_without_books_is_none_to_serve(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="no books.*recommendations import") as error:
        SnapshotReader(database).newer_than(None)
    assert Unavailability.NO_BOOKS is error.value.how
    put(database, book(1))
    former = read(database)
    with database.writing() as connection:
        connection.execute(delete(BookRow))
        changed(connection, CATALOGUE)
    with pytest.raises(DatabaseUnavailable, match="no books"):
        SnapshotReader(database).newer_than(former)


def test_tables_of_another_version_are_not_read(database: Database) -> None:
    put(database, book(1))
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch):
        SnapshotReader(database).newer_than(None)
