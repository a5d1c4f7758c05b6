"""What the front of the shop has for one reader: books like those they chose, and why."""

from collections.abc import Collection
from itertools import chain, zip_longest

from chassis.deadline import Budget
from marketplace.backend import Backend
from marketplace.book import Book
from marketplace.category import Category
from marketplace.recommendations import Reason, ReasonKind

FOR_YOU_BOOKS = 6
CATEGORIES = 2
INTERACTIONS = 20
ASKED_FOR = 12
"""More than are shown, for some are on the page already."""


def books_for(
    backend: Backend, reader: int, shown: Collection[int], request_id: str, budget: Budget
) -> list[tuple[Book, Reason]]:
    """Give books of the categories that a reader turned to last, taken from each in turn.

    shown: numbers of books that are on the page already.

    None for a reader who has done nothing yet, or of whose books nothing is known. Raises
    NoRecommendations.
    """
    recent = backend.memory.recent(reader, INTERACTIONS, request_id, budget)
    categories = list(dict.fromkeys(each.book.categories[0] for each in recent))[:CATEGORIES]
    known = {each.book.id for each in recent} | set(shown)

    def of(category: Category) -> list[tuple[Book, Reason]]:
        answer = backend.recommendations.recommend(category, ASKED_FOR, request_id, budget, reader)
        return [
            (book, reason)
            for book in answer.books
            if (reason := answer.reasons.get(book.id)) and reason.kind is ReasonKind.SIMILAR
        ]

    found: dict[int, tuple[Book, Reason]] = {}
    for each in chain.from_iterable(zip_longest(*map(of, categories))):
        if each is not None and each[0].id not in known:
            found.setdefault(each[0].id, each)
    return list(found.values())[:FOR_YOU_BOOKS]
