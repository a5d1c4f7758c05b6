"""Metrics of how pages come by their books."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge
from structlog.typing import FilteringBoundLogger

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.circuit import State
from marketplace.errors import NoRecommendations
from marketplace.last_good_answers import LastGoodAnswers
from marketplace.recommendations import Answer, Recommendations, Source

UNAVAILABLE = "unavailable"


class RecommendationsMetrics:
    """`marketplace_recommendations_total{outcome}` and `marketplace_recommendations_circuit`.

    Outcomes are the values of `Source`, and "unavailable" for none. Of several processes, the gauge
    shows the one whose circuit is the least closed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = Counter(
            "marketplace_recommendations",
            "Lists of recommendations that pages asked for, by where they came from.",
            ["outcome"],
            registry=registry,
        )
        self.outcomes = {
            outcome: counter.labels(outcome)
            for outcome in (*(source.value for source in Source), UNAVAILABLE)
        }
        self.circuit = Gauge(
            "marketplace_recommendations_circuit",
            "Whether recommendations are asked: 0 closed, 1 half open, 2 open, which is not.",
            registry=registry,
            multiprocess_mode="livemax",
        )


class CountedRecommendations:
    """Counts what becomes of each question. See `Recommendations`."""

    def __init__(self, recommendations: Recommendations, metrics: RecommendationsMetrics) -> None:
        self._recommendations = recommendations
        self._outcomes = metrics.outcomes

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        try:
            answer = self._recommendations.recommend(
                category, max_results, request_id, budget, reader
            )
        except NoRecommendations:
            self._outcomes[UNAVAILABLE].inc()
            raise
        self._outcomes[answer.source.value].inc()
        return answer


def counted_if_told_still(
    answers: LastGoodAnswers, metrics: RecommendationsMetrics
) -> Callable[[Category, int, Answer], bool]:
    """Give `is_told_still` of the answers, counting each that is told as one that was asked for."""
    cached = metrics.outcomes[Source.CACHED.value]

    def is_told_still(category: Category, max_results: int, answer: Answer) -> bool:
        if not answers.is_told_still(category, max_results, answer):
            return False
        cached.inc()
        return True

    return is_told_still


class CircuitReport:
    """Tells metric and log of a circuit's states; the log of an outage's begin and end alone."""

    def __init__(self, metrics: RecommendationsMetrics, log: FilteringBoundLogger) -> None:
        self._gauge = metrics.circuit
        self._log = log
        self._outage = False
        self._gauge.set(State.CLOSED.value)

    def __call__(self, state: State) -> None:
        """Tell of a new state."""
        self._gauge.set(state.value)
        if state is State.OPEN and not self._outage:
            self._outage = True
            self._log.warning("recommendations circuit opened")
        elif state is State.CLOSED:
            self._outage = False
            self._log.info("recommendations circuit closed")
