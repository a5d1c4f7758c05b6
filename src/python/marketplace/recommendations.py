"""Where the marketplace gets books from, as its pages see it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import NoRecommendations


class ReasonKind(enum.Enum):
    """What kinds of reasons there are to recommend a book."""

    SIMILAR = enum.auto()
    """Readers of a book that this reader chose also chose this one."""
    POPULAR = enum.auto()
    """Many readers of the category chose it."""
    EXPLORATION = enum.auto()
    """Few readers know it yet."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a book is recommended. book: what the reader chose before, if the kind is SIMILAR."""

    kind: ReasonKind
    book: Book | None = None


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
    reasons: why each is recommended, by its number; not of every book need there be one.
    """

    books: tuple[Book, ...]
    source: Source = Source.FRESH
    failure: NoRecommendations | None = None
    reasons: Mapping[int, Reason] = field(default_factory=dict)


class Recommendations(Protocol):
    """Recommends books. Safe to use from several threads at once."""

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """Give books of a category, at most `max_results` (1 or more). There may be fewer, or none.

        reader: for whom, 1 or more; None is anybody.
        request_id: ties the logs of both services together; see `marketplace.request_id`.
        budget: what the caller can wait; the answer, or the failure, comes within it.

        Raises NoRecommendations.
        """
