"""Recommendations without a service, and books to recommend."""

from collections.abc import Sequence

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.recommendations import Answer

THREE_MYSTERIES = (
    Book(1, "The Maltese Falcon", ("Dashiell Hammett",), 1930, (Category.MYSTERY,)),
    Book(2, "Murder on the Orient Express", ("Agatha Christie",), 1934, (Category.MYSTERY,)),
    Book(3, "The Hound of the Baskervilles", ("Arthur Conan Doyle",), 1902, (Category.MYSTERY,)),
)


class FakeRecommendations:
    """Gives the same answer whatever is asked, or raises; remembers questions and budgets."""

    def __init__(self, answer: Sequence[Book] | Answer | Exception = THREE_MYSTERIES) -> None:
        self.answer = answer
        self.questions: list[tuple[Category, int, str]] = []
        self.budgets: list[Budget] = []

    def recommend(
        self, category: Category, max_results: int, request_id: str, budget: Budget
    ) -> Answer:
        """See `Recommendations`."""
        self.questions.append((category, max_results, request_id))
        self.budgets.append(budget)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if isinstance(self.answer, Answer) else Answer(tuple(self.answer))
