"""Books in the database."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter

from sqlalchemy import Connection, Text, cast, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from recommendations.book import Book, Category
from recommendations.storage.bulk import BulkInsert
from recommendations.storage.tables import BookCategoryRow, BookRow, CategoryRow

BATCH = 5000
"""How many books are written or read at once."""


def write_books(connection: Connection, books: Iterable[Book]) -> int:
    """Add books, and replace those whose id is taken; give how many there were."""
    writer = _Writer(connection)
    rest = iter(books)
    count = 0
    while batch := list(islice(rest, BATCH)):
        writer.write(batch)
        count += len(batch)
    return count


def read_books(connection: Connection, known: Callable[[int], Book | None]) -> Iterator[Book]:
    """Read all books by id.

    known: gives the book of an id as it is in memory already. Equal books, authors and categories
        are one object each, for there may be a million.
    """
    authors: dict[str, tuple[str, ...]] = {}
    categories: dict[tuple[int, ...], tuple[Category, ...]] = {}
    names = _category_numbers(connection)
    by_number = {number: category for category, number in names.items()}
    shelves = _categories_by_book(connection)
    shelved = next(shelves, None)
    everything = (
        select(
            BookRow.id,
            BookRow.title,
            cast(BookRow.authors, Text),
            BookRow.publication_year,
            BookRow.featured,
        )
        .order_by(BookRow.id)
        .execution_options(yield_per=BATCH)
    )
    for book_id, title, written, year, featured in connection.execute(everything):
        if (who := authors.get(written)) is None:
            who = authors[written] = tuple(json.loads(written))
        numbers: list[int] = []
        while shelved is not None and shelved[0] == book_id:
            numbers.append(shelved[1])
            shelved = next(shelves, None)
        if (where := categories.get(tuple(numbers))) is None:
            where = tuple(by_number[number] for number in numbers)
            categories[tuple(numbers)] = where
        book = Book(book_id, title, who, year, where, featured)
        before = known(book_id)
        yield before if before == book and before is not None else book


def has_books(connection: Connection) -> bool:
    """Tell whether there is any book."""
    return connection.execute(select(BookRow.id).limit(1)).first() is not None


class _Writer:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers = _category_numbers(connection)
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(BookRow)
        columns = ("title", "authors", "publication_year", "featured")
        upsert = insert.on_conflict_do_update(
            index_elements=["id"], set_={name: insert.excluded[name] for name in columns}
        )
        self._books = BulkInsert(connection, upsert, ["id", *columns])
        self._shelves = BulkInsert(
            connection,
            dialect.insert(BookCategoryRow),
            ["book_id", "position", "category_id"],
        )

    def write(self, books: list[Book]) -> None:
        # Neighbors in the tables are written together.
        books.sort(key=attrgetter("id"))
        self._books.write(
            (book.id, book.title, list(book.authors), book.publication_year, book.featured)
            for book in books
        )
        ids = [book.id for book in books]
        self._connection.execute(delete(BookCategoryRow).where(BookCategoryRow.book_id.in_(ids)))
        numbers = self._numbers
        self._shelves.write(
            (book.id, position, numbers[category])
            for book in books
            for position, category in enumerate(book.categories)
        )


def _category_numbers(connection: Connection) -> dict[Category, int]:
    rows = connection.execute(select(CategoryRow.name, CategoryRow.id))
    return {Category(name): number for name, number in rows}


def _categories_by_book(connection: Connection) -> Iterator[tuple[int, int]]:
    everything = (
        select(BookCategoryRow.book_id, BookCategoryRow.category_id)
        .order_by(BookCategoryRow.book_id, BookCategoryRow.position)
        .execution_options(yield_per=BATCH)
    )
    yield from map(tuple, connection.execute(everything))
