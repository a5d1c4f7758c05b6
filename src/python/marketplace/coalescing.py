"""One call for all who ask the same question at the same time."""

import threading

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.errors import NoRecommendations, NoTimeLeft, RecommendationsDown
from marketplace.recommendations import Answer, Recommendations

_Question = tuple[Category, int, int | None]


class _Flight:
    """A question in flight, and what came of it once it has landed.

    A future, but for what it takes to be made: most are waited for by nobody.
    """

    __slots__ = ("answer", "error", "landed")

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.error: BaseException | None = None
        self.landed = threading.Lock()
        self.landed.acquire()

    def awaited(self, budget: Budget) -> Answer:
        """Give the answer, within a budget. Raises NoRecommendations."""
        if not self.landed.acquire(timeout=budget.left_seconds()):
            raise NoTimeLeft("the same question, asked earlier, is still in flight")
        self.landed.release()  # For the next who waits.
        if self.answer is not None:
            return self.answer
        # Exceptions of their own: several threads would write their stacks into the same one.
        error = self.error
        if isinstance(error, NoRecommendations):
            raise type(error)(str(error)) from error
        raise RecommendationsDown(
            f"whoever asked the same failed: {type(error).__name__}"
        ) from error


class Coalescing:
    """Asks a question once while it is in flight, and gives all askers what comes of it.

    The first one asks, with its request id and its budget; whoever comes before the answer does
    waits for it within a budget of its own, and never asks in its turn. A failure is shared like an
    answer. Safe to use from several threads. See `Recommendations`.
    """

    def __init__(self, recommendations: Recommendations) -> None:
        self._recommendations = recommendations
        self._lock = threading.Lock()
        self._in_flight: dict[_Question, _Flight] = {}

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
                mine = self._in_flight[question] = _Flight()
        if in_flight is not None:
            return in_flight.awaited(budget)
        try:
            answer = self._recommendations.recommend(
                category, max_results, request_id, budget, reader
            )
        except BaseException as error:
            mine.error = error
            raise
        else:
            mine.answer = answer
            return answer
        finally:
            # Before anybody is told: whoever asks after an answer was given gets a newer one.
            with self._lock:
                del self._in_flight[question]
            mine.landed.release()
