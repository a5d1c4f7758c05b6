"""A service that is left alone for a while when it keeps failing."""

from collections.abc import Callable
from typing import TypeVar

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.circuit import Circuit
from marketplace.errors import (
    NoSuchBook,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsPaused,
    RecommendationsRefused,
    RecommendationsTooOld,
    RecommendationsTooSlow,
)
from marketplace.recommendations import Answer, Recommendations

T = TypeVar("T")


def through(circuit: Circuit, call: Callable[[], T]) -> T:
    """Call while the circuit lets it, and raise RecommendationsPaused at once while not.

    The circuit is there so that nobody waits in vain and a service in trouble is spared. So what
    counts as a failure is no answer, or none in time. A refusal, or an answer that cannot be
    trusted, came in time, and a pause would not mend it. A page that ran out of time says nothing
    either way.
    """
    ticket = circuit.enter()
    if ticket is None:
        raise RecommendationsPaused("they have failed too often of late")
    try:
        answer = call()
    except (RecommendationsDown, RecommendationsTooSlow):
        circuit.failed(ticket)
        raise
    except (RecommendationsRefused, RecommendationsInvalid, RecommendationsTooOld, NoSuchBook):
        circuit.succeeded(ticket)
        raise
    except BaseException:
        circuit.withdrawn(ticket)
        raise
    circuit.succeeded(ticket)
    return answer


class CircuitBreaker:
    """Asks through a circuit. See `Recommendations`."""

    def __init__(self, recommendations: Recommendations, circuit: Circuit) -> None:
        self._recommendations = recommendations
        self._circuit = circuit

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        return through(
            self._circuit,
            lambda: self._recommendations.recommend(
                category, max_results, request_id, budget, reader
            ),
        )
