"""Where the marketplace gets books from, as its pages see it."""

import enum
from dataclasses import dataclass
from typing import Protocol

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import NoRecommendations


class Source(enum.Enum):
    """Where an answer comes from. The value is its name in metrics."""

    FRESH = "fresh"
    """The service was asked, and this is what it said."""
    CACHED = "cached"
    """The service said so a moment ago, and was not asked again."""
    STALE = "stale"
    """The service said so earlier, and cannot be asked now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Distinct books of a category, in no fixed order.

    failure: why there is nothing newer, if the source is STALE.
    """

    books: tuple[Book, ...]
    source: Source = Source.FRESH
    failure: NoRecommendations | None = None


class Recommendations(Protocol):
    """Recommends books. Safe to use from several threads at once."""

    def recommend(
        self, category: Category, max_results: int, request_id: str, budget: Budget
    ) -> Answer:
        """Give books of a category, at most `max_results` (1 or more). There may be fewer, or none.

        request_id: ties the logs of both services together; see `marketplace.request_id`.
        budget: what the caller can wait; the answer, or the failure, comes within it.

        Raises NoRecommendations.
        """
