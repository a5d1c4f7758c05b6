"""What recommendations said last, for when they say nothing."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.errors import NoRecommendations
from marketplace.recommendations import Answer, Recommendations, Source

MAX_ANSWERS = 64
"""Four times the questions that there are: each category on two kinds of page."""

_Question = tuple[Category, int]


@dataclass(frozen=True, slots=True)
class Ages:
    """How old an answer may be, in seconds.

    fresh_seconds: while an answer is younger, nobody is asked. 0: somebody always is.
    stale_seconds: an answer that is younger stands in for a failure. 0: none does.
    """

    fresh_seconds: float
    stale_seconds: float


class LastGoodAnswers:
    """Asks, and remembers the last answer to each question. See `Recommendations`.

    clock: gives seconds that never go back.
    max_answers: how many are kept; the one that was of no use for longest goes first.

    An empty shelf is remembered too, so that nothing older takes its place, but does not stand in
    for a failure: it would tell visitors of a shelf what is true of the service.
    """

    def __init__(
        self,
        recommendations: Recommendations,
        ages: Ages,
        clock: Callable[[], float],
        max_answers: int = MAX_ANSWERS,
    ) -> None:
        self._recommendations = recommendations
        self._ages = ages
        self._clock = clock
        self._max_answers = max_answers
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Question, tuple[Answer, float]] = OrderedDict()

    def recommend(
        self, category: Category, max_results: int, request_id: str, budget: Budget
    ) -> Answer:
        """See `Recommendations`."""
        question = (category, max_results)
        if cached := self._younger_than(self._ages.fresh_seconds, question):
            return replace(cached, source=Source.CACHED)
        try:
            answer = self._recommendations.recommend(category, max_results, request_id, budget)
        except NoRecommendations as failure:
            stale = self._younger_than(self._ages.stale_seconds, question)
            if stale is None or not stale.books:
                raise
            return replace(stale, source=Source.STALE, failure=failure)
        self._keep(question, answer)
        return answer

    def _younger_than(self, seconds: float, question: _Question) -> Answer | None:
        with self._lock:
            answer, since = self._kept.get(question, (None, 0.0))
            if answer is None or self._clock() - since >= seconds:
                return None
            self._kept.move_to_end(question)
            return answer

    def _keep(self, question: _Question, answer: Answer) -> None:
        with self._lock:
            self._kept[question] = (answer, self._clock())
            self._kept.move_to_end(question)
            if len(self._kept) > self._max_answers:
                self._kept.popitem(last=False)
