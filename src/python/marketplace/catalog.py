"""The books that there are, as pages see them."""

from typing import Protocol

from chassis.deadline import Budget
from marketplace.book import Book

MAX_QUERY_LENGTH = 200


class Catalog(Protocol):
    """Knows books. Safe to use from several threads at once.

    In all methods, request_id ties the logs of both services together, see
    `marketplace.request_id`; and the answer, or the failure, comes within the budget. All raise
    NoRecommendations.
    """

    def book(self, book_id: int, request_id: str, budget: Budget) -> Book:
        """Give the book of a number. Raises NoSuchBook."""

    def similar_books(
        self, book_id: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """Give distinct others that its readers also chose, the closest first, at most
        `max_results` (1 or more). None while nothing is known. Raises NoSuchBook.
        """

    def search(
        self, query: str, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """Give distinct books whose title or authors match each word, the best match first.

        query: 1 to `MAX_QUERY_LENGTH` characters.
        """
