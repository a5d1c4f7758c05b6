"""What recommendations said last, for when they say nothing."""

from collections.abc import Callable
from dataclasses import replace

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.errors import NoRecommendations
from marketplace.last_good import Ages, LastGood
from marketplace.recommendations import Answer, Recommendations, Source

MAX_ANSWERS = 256
"""Those to anybody's questions, each category on two kinds of page, and those to some readers'."""

_Question = tuple[Category, int, int | None]


class LastGoodAnswers:
    """Asks, and remembers the last answer to each question. See `Recommendations`.

    Of a known reader it always asks: what they do must show on the very next page, whichever
    process makes it. What newcomers are told changes by nobody's doing so soon.

    clock: gives seconds that never go back.
    max_answers: how many are kept; the one that was of no use for longest goes first.

    An empty shelf is remembered too, so that nothing older takes its place, but does not stand in
    for a failure: it would tell visitors of a shelf what is true of the service. Where a reader's
    own answer is missing, what anybody was told stands in.
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
        self._kept = LastGood[_Question, Answer](clock, max_answers)

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
        if reader is None:
            cached = self._kept.younger_than(self._ages.fresh_seconds, question)
            if cached is not None:
                return replace(cached, source=Source.CACHED)
        try:
            answer = self._recommendations.recommend(
                category, max_results, request_id, budget, reader
            )
        except NoRecommendations as failure:
            for earlier in (question, (category, max_results, None)):
                stale = self._kept.younger_than(self._ages.stale_seconds, earlier)
                if stale is not None and stale.books:
                    return replace(stale, source=Source.STALE, failure=failure)
            raise
        self._kept.keep(question, answer)
        return answer

    def is_told_still(self, category: Category, max_results: int, answer: Answer) -> bool:
        """Tell whether anybody who asks now is told the same, without that anybody is called."""
        cached = self._kept.younger_than(self._ages.fresh_seconds, (category, max_results, None))
        # An answer of the memory is a copy, of the same books.
        return cached is not None and cached.books is answer.books

    def forget(self, reader: int) -> None:
        """Forget what a reader was told."""
        self._kept.drop(lambda question: question[2] == reader)
