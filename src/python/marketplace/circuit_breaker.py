"""Recommendations that are left alone for a while when they keep failing."""

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.circuit import Circuit
from marketplace.errors import (
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsPaused,
    RecommendationsRefused,
    RecommendationsTooSlow,
)
from marketplace.recommendations import Answer, Recommendations


class CircuitBreaker:
    """Asks while its circuit lets it, and says RecommendationsPaused at once while not.

    The circuit is there so that nobody waits in vain and a service in trouble is spared. So what
    counts as a failure is no answer, or none in time. A refusal, or an answer that cannot be
    trusted, came in time, and a pause would not mend it. A page that ran out of time says nothing
    either way. See `Recommendations`.
    """

    def __init__(self, recommendations: Recommendations, circuit: Circuit) -> None:
        self._recommendations = recommendations
        self._circuit = circuit

    def recommend(
        self, category: Category, max_results: int, request_id: str, budget: Budget
    ) -> Answer:
        """See `Recommendations`."""
        ticket = self._circuit.enter()
        if ticket is None:
            raise RecommendationsPaused("they have failed too often of late")
        try:
            answer = self._recommendations.recommend(category, max_results, request_id, budget)
        except (RecommendationsDown, RecommendationsTooSlow):
            self._circuit.failed(ticket)
            raise
        except (RecommendationsRefused, RecommendationsInvalid):
            self._circuit.succeeded(ticket)
            raise
        except BaseException:
            self._circuit.withdrawn(ticket)
            raise
        self._circuit.succeeded(ticket)
        return answer
