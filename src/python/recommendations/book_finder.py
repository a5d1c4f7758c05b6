"""Single books, and those like them, from what is in memory."""

from collections.abc import Callable

from recommendations.book import Book
from recommendations.errors import InvalidRequest, UnknownBook
from recommendations.learning.model import MAX_SIMILAR
from recommendations.recommender import max_results_violations
from recommendations.shop import Shop

DEFAULT_SIMILAR = 10


class BookFinder:
    """Answers for books. Safe for use from any thread; never waits."""

    def __init__(self, shops: Callable[[], Shop]) -> None:
        self._shops = shops

    def get(self, book_id: int) -> Book:
        """Give a book. Raises UnknownBook or NoCatalog."""
        book = self._shops().catalog.get(book_id)
        if book is None:
            raise UnknownBook(book_id)
        return book

    def similar(self, *, book_id: int, max_results: int) -> tuple[Book, ...]:
        """Give books that readers of a book also chose, the closest first; none if none is known.

        max_results: 0 means `DEFAULT_SIMILAR`, more than `MAX_SIMILAR` means that.

        Raises InvalidRequest, UnknownBook or NoCatalog.
        """
        if violations := max_results_violations(max_results):
            raise InvalidRequest(violations)
        shop = self._shops()
        if shop.catalog.get(book_id) is None:
            raise UnknownBook(book_id)
        similar = shop.model.similar_to(book_id) if shop.model else ()
        # The model may know books that the catalogue no longer has.
        there = [book for each in similar if (book := shop.catalog.get(each))]
        return tuple(there[: min(max_results or DEFAULT_SIMILAR, MAX_SIMILAR)])
