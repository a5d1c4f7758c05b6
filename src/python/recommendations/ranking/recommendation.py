"""A book that is recommended, and why."""

import enum
from typing import NamedTuple

from recommendations.book import Book


class ReasonKind(enum.Enum):
    """Why a book is recommended."""

    SIMILAR = "similar"
    """Readers who chose `Reason.book` chose it, too; this reader chose `Reason.book`."""
    POPULAR = "popular"
    """Many readers chose it, of all books of the category."""
    EXPLORATION = "exploration"
    """Few readers know it yet, and none would if it were never shown."""


class Reason(NamedTuple):
    """Why, in a form that a page can put into words.

    book: the one that the reader chose, for `ReasonKind.SIMILAR`; else None.
    """

    kind: ReasonKind
    book: Book | None = None


POPULAR = Reason(ReasonKind.POPULAR)
EXPLORATION = Reason(ReasonKind.EXPLORATION)


class Recommendation(NamedTuple):
    """A named tuple, because a page may take a thousand of them.

    reason: None where there is nothing to say, but that it is of the category.
    """

    book: Book
    reason: Reason | None = None
