"""The API's messages as the shop's own values, and a wary eye on them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from structlog.typing import FilteringBoundLogger

from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import InvalidBook, RecommendationsInvalid
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

CATEGORY_TO_WIRE = {
    Category.MYSTERY: pb.BOOK_CATEGORY_MYSTERY,
    Category.SCIENCE_FICTION: pb.BOOK_CATEGORY_SCIENCE_FICTION,
    Category.SELF_HELP: pb.BOOK_CATEGORY_SELF_HELP,
    Category.FANTASY: pb.BOOK_CATEGORY_FANTASY,
    Category.HISTORY: pb.BOOK_CATEGORY_HISTORY,
    Category.BIOGRAPHY: pb.BOOK_CATEGORY_BIOGRAPHY,
    Category.ROMANCE: pb.BOOK_CATEGORY_ROMANCE,
    Category.THRILLER: pb.BOOK_CATEGORY_THRILLER,
}
_FROM_WIRE: dict[int, Category] = {
    number: category for category, number in CATEGORY_TO_WIRE.items()
}


MOST_KEPT = 2048
MOST_KEPT_BYTES = 1024
"""Of a message whose book is kept. A shelf's books come again and again; large ones are rare."""


def book_of(message: pb.Book) -> Book:
    """Give the book of a message. Raises InvalidBook."""
    if message.ByteSize() > MOST_KEPT_BYTES:
        return _book(message)
    return _kept_book(message.SerializeToString())


@lru_cache(MOST_KEPT)
def _kept_book(wire: bytes) -> Book:
    return _book(pb.Book.FromString(wire))


def _book(message: pb.Book) -> Book:
    return Book(
        id=message.id,
        title=message.title,
        authors=tuple(message.authors),
        publication_year=message.publication_year or None,
        # A category that this version of the shop lacks is none of its business.
        categories=tuple(_FROM_WIRE[each] for each in message.categories if each in _FROM_WIRE),
    )


@dataclass(slots=True)
class Believed:
    """What of an answer can be shown.

    problems: why the rest cannot; they quote no content, so that they are fit to log.
    """

    books: dict[int, Book] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def report(self, log: FilteringBoundLogger, **what: object) -> None:
        """Log what cannot be shown. With nothing left, raise RecommendationsInvalid instead."""
        if not self.problems:
            return
        distinct = sorted(set(self.problems))
        if not self.books:
            raise RecommendationsInvalid("; ".join(distinct))
        log.error("recommendations dropped", problems=distinct, count=len(self.problems), **what)


def believed_books(
    messages: Iterable[pb.Book], max_results: int, objection: Callable[[Book], str | None]
) -> Believed:
    """Take distinct books, as many as were asked for at most.

    objection: says what is wrong with a book as an answer to the question; None is nothing.
    """
    believed = Believed()
    for message in messages:
        try:
            book = book_of(message)
        except InvalidBook as error:
            believed.problems.extend(error.problems)
            continue
        if problem := objection(book):
            believed.problems.append(problem)
        elif book.id in believed.books:
            believed.problems.append("a book came twice")
        elif len(believed.books) == max_results:
            believed.problems.append("there are more books than were asked for")
            break
        else:
            believed.books[book.id] = book
    return believed
