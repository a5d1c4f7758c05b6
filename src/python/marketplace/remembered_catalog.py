"""What the catalogue said last, for when it says nothing."""

from collections.abc import Callable
from typing import TypeVar

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.catalog import Catalog
from marketplace.errors import NoRecommendations, NoSuchBook, RecommendationsTooOld
from marketplace.last_good import Ages, LastGood

MAX_BOOKS = 1024
MAX_LISTS = 256

Question = TypeVar("Question")
Said = TypeVar("Said")


class RememberedCatalog:
    """Asks, and remembers books and similar books; searches it just passes on. See `Catalog`.

    A book is the same ten minutes later, so that a page with it need not say that it is of earlier.
    A book that the service has no longer is forgotten, not covered up.

    clock: gives seconds that never go back.
    """

    def __init__(self, catalog: Catalog, ages: Ages, clock: Callable[[], float]) -> None:
        self._catalog = catalog
        self._ages = ages
        self._books = LastGood[int, Book](clock, MAX_BOOKS)
        self._lists = LastGood[tuple[int, int], tuple[Book, ...]](clock, MAX_LISTS)

    def book(self, book_id: int, request_id: str, budget: Budget) -> Book:
        """See `Catalog`."""
        return self._said(
            self._books, book_id, lambda: self._catalog.book(book_id, request_id, budget)
        )

    def similar_books(
        self, book_id: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        return self._said(
            self._lists,
            (book_id, max_results),
            lambda: self._catalog.similar_books(book_id, max_results, request_id, budget),
        )

    def search(
        self, query: str, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        return self._catalog.search(query, max_results, request_id, budget)

    def _said(
        self,
        kept: LastGood[Question, Said],
        question: Question,
        ask: Callable[[], Said],
    ) -> Said:
        fresh = kept.younger_than(self._ages.fresh_seconds, question)
        if fresh is not None:
            return fresh
        try:
            answer = ask()
        except NoSuchBook:
            kept.drop(lambda each: each == question)
            raise
        except RecommendationsTooOld:
            raise
        except NoRecommendations:
            stale = kept.younger_than(self._ages.stale_seconds, question)
            if stale is None:
                raise
            return stale
        kept.keep(question, answer)
        return answer
