"""The service's three sides without a service, and books to recommend."""

from collections.abc import Sequence

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import NoSuchBook
from marketplace.interaction import Interaction, InteractionKind
from marketplace.recommendations import Answer
from marketplace.testing.small_library import SMALL_LIBRARY

THREE_MYSTERIES = SMALL_LIBRARY[:3]


class FakeRecommendations:
    """Gives the same answer whatever is asked, or raises; remembers questions and budgets."""

    def __init__(self, answer: Sequence[Book] | Answer | Exception = THREE_MYSTERIES) -> None:
        self.answer = answer
        self.questions: list[tuple[Category, int, str]] = []
        self.budgets: list[Budget] = []
        self.readers: list[int | None] = []

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        self.questions.append((category, max_results, request_id))
        self.budgets.append(budget)
        self.readers.append(reader)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if isinstance(self.answer, Answer) else Answer(tuple(self.answer))


class FakeCatalog:
    """Knows a small library, each book like all others, or raises."""

    def __init__(self, books: Sequence[Book] = SMALL_LIBRARY) -> None:
        self.books = {book.id: book for book in books}
        self.failure: Exception | None = None
        self.similar_failure: Exception | None = None
        self.queries: list[str] = []

    def book(self, book_id: int, request_id: str, budget: Budget) -> Book:
        """See `Catalog`."""
        if self.failure:
            raise self.failure
        if book_id not in self.books:
            raise NoSuchBook(str(book_id))
        return self.books[book_id]

    def similar_books(
        self, book_id: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        if failure := self.failure or self.similar_failure:
            raise failure
        if book_id not in self.books:
            raise NoSuchBook(str(book_id))
        return tuple(book for book in self.books.values() if book.id != book_id)[:max_results]

    def search(
        self, query: str, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        self.queries.append(query)
        if self.failure:
            raise self.failure
        found = (book for book in self.books.values() if query.lower() in book.title.lower())
        return tuple(found)[:max_results]


class FakeMemory:
    """Keeps what readers do with a small library, or raises."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.kept: dict[int, dict[str, tuple[int, InteractionKind]]] = {}
        self.forgotten: list[int] = []

    def record(
        self,
        reader: int,
        book_id: int,
        kind: InteractionKind,
        key: str,
        request_id: str,
        budget: Budget,
    ) -> None:
        """See `ReaderMemory`."""
        if self.failure:
            raise self.failure
        if book_id > len(SMALL_LIBRARY):
            raise NoSuchBook(str(book_id))
        self.kept.setdefault(reader, {}).setdefault(key, (book_id, kind))

    def recent(
        self, reader: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Interaction, ...]:
        """See `ReaderMemory`."""
        if self.failure:
            raise self.failure
        done = reversed(self.kept.get(reader, {}).values())
        return tuple(Interaction(SMALL_LIBRARY[number - 1], kind) for number, kind in done)

    def forget(self, reader: int, request_id: str, budget: Budget) -> None:
        """See `ReaderMemory`."""
        if self.failure:
            raise self.failure
        self.forgotten.append(reader)
        self.kept.pop(reader, None)
