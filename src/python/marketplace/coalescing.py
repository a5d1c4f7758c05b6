"""One call for all who ask the same question at the same time."""

import threading
from concurrent.futures import Future

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.errors import NoRecommendations, NoTimeLeft, RecommendationsDown
from marketplace.recommendations import Answer, Recommendations

_Question = tuple[Category, int, int | None]


class Coalescing:
    """Asks a question once while it is in flight, and gives all askers what comes of it.

    The first one asks, with its request id and its budget; whoever comes before the answer does
    waits for it within a budget of its own, and never asks in its turn. A failure is shared like an
    answer. Safe to use from several threads. See `Recommendations`.
    """

    def __init__(self, recommendations: Recommendations) -> None:
        self._recommendations = recommendations
        self._lock = threading.Lock()
        self._in_flight: dict[_Question, Future[Answer]] = {}

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        question = (category, max_results, reader)
        with self._lock:
            in_flight = self._in_flight.get(question)
            if in_flight is None:
                mine = self._in_flight[question] = Future[Answer]()
        if in_flight is not None:
            return _awaited(in_flight, budget)
        try:
            answer = self._recommendations.recommend(
                category, max_results, request_id, budget, reader
            )
        except BaseException as error:
            self._land(question)
            mine.set_exception(error)
            raise
        self._land(question)
        mine.set_result(answer)
        return answer

    def _land(self, question: _Question) -> None:
        # Before anybody is told: whoever asks after an answer was given gets a newer one.
        with self._lock:
            del self._in_flight[question]


def _awaited(in_flight: "Future[Answer]", budget: Budget) -> Answer:
    try:
        error = in_flight.exception(budget.left_seconds())
    except TimeoutError:
        raise NoTimeLeft("the same question, asked earlier, is still in flight") from None
    if error is None:
        return in_flight.result()
    # Exceptions of their own: several threads would write their stacks into the same one.
    if isinstance(error, NoRecommendations):
        raise type(error)(str(error)) from error
    raise RecommendationsDown(f"whoever asked the same failed: {type(error).__name__}") from error
