"""The books of the shop, indexed by category."""

from collections.abc import Iterable

from recommendations.book import Book, Category, repeated
from recommendations.errors import DuplicateIds


class Catalog:
    """An immutable set of books: readers on any thread share one without a lock.

    Another choice of books is another catalogue. Raises DuplicateIds when two books claim one id.
    """

    __slots__ = ("_by_category", "_by_id", "_featured_by_category", "books")

    def __init__(self, books: Iterable[Book]) -> None:
        self.books: tuple[Book, ...] = tuple(books)
        self._by_id = {book.id: book for book in self.books}
        if len(self._by_id) < len(self.books):
            raise DuplicateIds(sorted(repeated(book.id for book in self.books)))
        self._by_category = _by_category(self.books)
        self._featured_by_category = _by_category(book for book in self.books if book.featured)

    def __len__(self) -> int:
        return len(self.books)

    def get(self, book_id: int) -> Book | None:
        """Give a book by its id, or None where there is no such book."""
        return self._by_id.get(book_id)

    def by_id(self) -> dict[int, Book]:
        """Give all books by their ids, in the order of the catalogue; the dictionary is new."""
        return self._by_id.copy()

    def books_in(self, category: Category, *, featured_only: bool = False) -> tuple[Book, ...]:
        """Give the books of a category in the order of the catalogue, in constant time."""
        index = self._featured_by_category if featured_only else self._by_category
        return index[category]


def _by_category(books: Iterable[Book]) -> dict[Category, tuple[Book, ...]]:
    shelves: dict[Category, list[Book]] = {category: [] for category in Category}
    for book in books:
        for category in book.categories:
            shelves[category].append(book)
    return {category: tuple(books) for category, books in shelves.items()}
