"""Where the marketplace gets books from, as its pages see it."""

from typing import Protocol

from marketplace.book import Book
from marketplace.category import Category


class Recommendations(Protocol):
    """Recommends books. Safe to use from several threads at once."""

    def recommend(self, category: Category, max_results: int, request_id: str) -> tuple[Book, ...]:
        """Give distinct books of a category, at most `max_results` (1 or more), in no fixed order.

        There may be fewer, or none. request_id: ties the logs of both services together; see
        `marketplace.request_id`.

        Raises NoRecommendations. Never takes much longer than its deadline.
        """
