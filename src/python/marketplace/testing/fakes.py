"""Recommendations without a service, and books to recommend."""

from collections.abc import Sequence

from marketplace.book import Book
from marketplace.category import Category

THREE_MYSTERIES = (
    Book(1, "The Maltese Falcon", ("Dashiell Hammett",), 1930, (Category.MYSTERY,)),
    Book(2, "Murder on the Orient Express", ("Agatha Christie",), 1934, (Category.MYSTERY,)),
    Book(3, "The Hound of the Baskervilles", ("Arthur Conan Doyle",), 1902, (Category.MYSTERY,)),
)


class FakeRecommendations:
    """Gives the same books whatever is asked, or raises; remembers the questions."""

    def __init__(self, answer: Sequence[Book] | Exception = THREE_MYSTERIES) -> None:
        self.answer = answer
        self.questions: list[tuple[Category, int, str]] = []

    def recommend(self, category: Category, max_results: int, request_id: str) -> tuple[Book, ...]:
        """See `Recommendations`."""
        self.questions.append((category, max_results, request_id))
        if isinstance(self.answer, Exception):
            raise self.answer
        return tuple(self.answer)
