"""Books in the database."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import attrgetter
from typing import TypeVar

from msgspec.json import Decoder
from sqlalchemy import BigInteger, Connection, Select, Text, cast, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from recommendations.book import Book, Category
from recommendations.storage.bulk import BulkInsert
from recommendations.storage.tables import BookCategoryRow, BookRow, CategoryRow

BATCH = 5000
"""How many books are written or read at once."""
_BITS = 8
"""For the number of a category; a 64 bit number holds those of as many as a book may have."""

K = TypeVar("K")
V = TypeVar("V")


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
    # Column by column: what is done for each book by itself, a million times, takes seconds.
    authors = _Remembered(Decoder(tuple[str, ...]).decode)
    categories = _Remembered(_Shelves(_category_numbers(connection)))
    rows = iter(connection.execute(_everything()))
    while batch := list(islice(rows, BATCH)):
        ids, titles, written, years, featured, numbers = zip(*batch, strict=True)
        who, where = map(authors.__getitem__, written), map(categories.__getitem__, numbers)
        books = map(Book, ids, titles, who, years, where, featured)
        for book, before in zip(books, map(known, ids), strict=True):
            yield before if before is not None and before == book else book


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


def _everything() -> Select[int, str, str, int, bool, int | None]:
    """Select all books by id, and of each the numbers of its categories in a single one.

    A database puts them together in a fraction of the time that it takes to read a row for each.
    """
    position, number = BookCategoryRow.position, BookCategoryRow.category_id
    # A sum does not ask for their order, as putting texts together would.
    bits = cast(number, BigInteger).bitwise_lshift(position * _BITS)
    shelves = (
        select(cast(func.sum(bits), BigInteger))
        .where(BookCategoryRow.book_id == BookRow.id)
        .scalar_subquery()
    )
    columns = (BookRow.id, BookRow.title, cast(BookRow.authors, Text))
    others = (BookRow.publication_year, BookRow.featured, shelves)
    return select(*columns, *others).order_by(BookRow.id).execution_options(yield_per=BATCH)


class _Shelves:
    """Takes numbers of categories apart again."""

    def __init__(self, numbers: Mapping[Category, int]) -> None:
        self._by_number = {number: category for category, number in numbers.items()}

    def __call__(self, together: int | None) -> tuple[Category, ...]:
        rest, found = together or 0, []
        while rest:
            rest, number = divmod(rest, 1 << _BITS)
            found.append(self._by_number[number])
        return tuple(found)


class _Remembered(dict[K, V]):
    """Makes a value once for each key."""

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make

    def __missing__(self, key: K) -> V:
        value = self[key] = self._make(key)
        return value
