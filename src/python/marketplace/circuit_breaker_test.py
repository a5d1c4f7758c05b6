"""The circuit breaker: what counts as a failure, and that nobody is asked while it is open."""

import random

import pytest

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.circuit import Circuit, CircuitSettings, State
from marketplace.circuit_breaker import CircuitBreaker
from marketplace.errors import (
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsPaused,
    RecommendationsRefused,
    RecommendationsTooSlow,
)
from marketplace.recommendations import Answer
from marketplace.testing.clock import FakeClock
from marketplace.testing.fakes import THREE_MYSTERIES, FakeRecommendations

FAILURES = 3
PAUSE = 8.0
BUDGET = Budget(60.0)
OUTAGES = [RecommendationsDown("no"), RecommendationsTooSlow("no")]
REFUSALS = [RecommendationsRefused("no"), RecommendationsInvalid("no")]
SURPRISES = [NoTimeLeft("no"), ZeroDivisionError(), KeyboardInterrupt(), SystemExit(1)]


class Bench:
    """A circuit breaker, what is behind it, its clock, and the states of its circuit."""

    def __init__(self) -> None:
        self.service = Service()
        self.clock = FakeClock()
        self.told: list[State] = []
        circuit = Circuit(
            CircuitSettings(FAILURES, PAUSE), self.clock, random.Random(1), self.told.append
        )
        self._breaker = CircuitBreaker(self.service, circuit)

    def state(self) -> State:
        return self.told[-1]

    def ask(self) -> Answer:
        return self._breaker.recommend(Category.FANTASY, 7, "id-1", BUDGET)

    def ask_in_vain(self, error: BaseException, times: int = 1) -> None:
        self.service.error = error
        for _ in range(times):
            with pytest.raises(type(error)) as raised:
                self.ask()
            assert error is raised.value
        self.service.error = None

    def open(self) -> None:
        self.ask_in_vain(OUTAGES[0], FAILURES)
        assert [State.OPEN] == self.told

    @property
    def times_asked(self) -> int:
        return len(self.service.questions)


class Service(FakeRecommendations):
    """Raises anything, if told so."""

    error: BaseException | None = None

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        answer = super().recommend(category, max_results, request_id, budget, reader)
        if self.error is not None:
            raise self.error
        return answer


def test_while_all_is_well_questions_and_answers_pass() -> None:
    bench = Bench()
    assert Answer(THREE_MYSTERIES) == bench.ask()
    assert [(Category.FANTASY, 7, "id-1")] == bench.service.questions
    assert [BUDGET] == bench.service.budgets


@pytest.mark.parametrize("error", OUTAGES, ids=lambda each: type(each).__name__)
def test_a_service_that_keeps_failing_is_left_alone(error: Exception) -> None:
    bench = Bench()
    bench.ask_in_vain(error, FAILURES)
    for _ in range(5):
        with pytest.raises(RecommendationsPaused):
            bench.ask()
    assert FAILURES == bench.times_asked


@pytest.mark.parametrize("error", [*REFUSALS, *SURPRISES], ids=lambda each: type(each).__name__)
def test_what_does_not_mean_an_outage_opens_nothing(error: BaseException) -> None:
    bench = Bench()
    bench.ask_in_vain(error, 5 * FAILURES)
    assert [] == bench.told


@pytest.mark.parametrize("error", REFUSALS, ids=lambda each: type(each).__name__)
def test_a_refusal_shows_that_somebody_is_there(error: Exception) -> None:
    bench = Bench()
    bench.ask_in_vain(OUTAGES[0], FAILURES - 1)
    bench.ask_in_vain(error)
    bench.ask_in_vain(OUTAGES[0], FAILURES - 1)
    assert [] == bench.told


def test_an_answer_begins_the_count_anew() -> None:
    bench = Bench()
    bench.ask_in_vain(OUTAGES[0], FAILURES - 1)
    bench.ask()
    bench.ask_in_vain(OUTAGES[0], FAILURES - 1)
    assert [] == bench.told


@pytest.mark.parametrize("error", [None, *REFUSALS], ids=lambda each: type(each).__name__)
def test_a_trial_that_is_answered_brings_it_back(error: Exception | None) -> None:
    bench = Bench()
    bench.open()
    bench.clock.advance(PAUSE)
    if error is None:
        assert Answer(THREE_MYSTERIES) == bench.ask()
    else:
        bench.ask_in_vain(error)
    assert State.CLOSED is bench.state()


@pytest.mark.parametrize("error", [*OUTAGES, *SURPRISES], ids=lambda each: type(each).__name__)
def test_a_trial_that_is_not_ends_all_the_same(error: BaseException) -> None:
    """However it ends, another follows: nothing leaves the circuit half open for ever."""
    bench = Bench()
    bench.open()
    bench.clock.advance(PAUSE)
    bench.ask_in_vain(error)
    assert State.OPEN is bench.state()
    with pytest.raises(RecommendationsPaused):
        bench.ask()
    bench.clock.advance(PAUSE)
    assert Answer(THREE_MYSTERIES) == bench.ask()
    assert State.CLOSED is bench.state()
