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
        by_category: dict[Category, list[Book]] = {category: [] for category in Category}
        for book in self.books:
            for category in book.categories:
                by_category[category].append(book)
        self._by_category = {category: tuple(books) for category, books in by_category.items()}
        self._featured_by_category = {
            category: tuple(book for book in books if book.featured)
            for category, books in by_category.items()
        }

    def __len__(self) -> int:
        return len(self.books)

    def get(self, book_id: int) -> Book | None:
        """Give a book by its id, or None where there is no such book."""
        return self._by_id.get(book_id)

    def books_in(self, category: Category, *, featured_only: bool = False) -> tuple[Book, ...]:
        """Give the books of a category in the order of the catalogue, in constant time."""
        index = self._featured_by_category if featured_only else self._by_category
        return index[category]
