"""What is counted of recommendations, and what the log says of their circuit."""

import pytest
from prometheus_client import CollectorRegistry

from chassis.deadline import Budget
from chassis.testing.recording_log import RecordingLog
from marketplace.category import Category
from marketplace.circuit import State
from marketplace.errors import NoRecommendations, RecommendationsDown
from marketplace.recommendations import Answer, Source
from marketplace.recommendations_metrics import (
    CircuitReport,
    CountedRecommendations,
    RecommendationsMetrics,
)
from marketplace.testing.fakes import THREE_MYSTERIES, FakeRecommendations

OUTCOMES = ("fresh", "cached", "stale", "unavailable")


def counts(registry: CollectorRegistry) -> dict[str, float | None]:
    return {
        outcome: registry.get_sample_value(
            "marketplace_recommendations_total", {"outcome": outcome}
        )
        for outcome in OUTCOMES
    }


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(THREE_MYSTERIES), "fresh"),
        (Answer(THREE_MYSTERIES, Source.CACHED), "cached"),
        (Answer(THREE_MYSTERIES, Source.STALE, RecommendationsDown("x")), "stale"),
        (RecommendationsDown("x"), "unavailable"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_outcome_is_counted_and_those_that_never_were_are_zero(
    answer: Answer | NoRecommendations, outcome: str
) -> None:
    registry = CollectorRegistry()
    recommendations = CountedRecommendations(
        FakeRecommendations(answer), RecommendationsMetrics(registry)
    )
    for _ in range(2):
        try:
            assert answer == recommendations.recommend(Category.MYSTERY, 3, "id", Budget(60.0))
        except NoRecommendations as error:
            assert answer is error
    assert {each: 2.0 if each == outcome else 0.0 for each in OUTCOMES} == counts(registry)


def test_a_bug_is_no_outcome() -> None:
    registry = CollectorRegistry()
    recommendations = CountedRecommendations(
        FakeRecommendations(ZeroDivisionError()), RecommendationsMetrics(registry)
    )
    with pytest.raises(ZeroDivisionError):
        recommendations.recommend(Category.MYSTERY, 3, "id", Budget(60.0))
    assert dict.fromkeys(OUTCOMES, 0.0) == counts(registry)


def test_the_gauge_follows_the_circuit_and_the_log_tells_begin_and_end_of_an_outage() -> None:
    registry, log = CollectorRegistry(), RecordingLog()
    report = CircuitReport(RecommendationsMetrics(registry), log.logger)

    def gauge() -> float | None:
        return registry.get_sample_value("marketplace_recommendations_circuit")

    assert 0.0 == gauge()
    seen = []
    outage = [State.OPEN, State.HALF_OPEN, State.OPEN, State.HALF_OPEN, State.CLOSED]
    for state in outage * 2:
        report(state)
        seen.append(gauge())
    assert [2.0, 1.0, 2.0, 1.0, 0.0] * 2 == seen
    assert [
        ("warning", "recommendations circuit opened"),
        ("info", "recommendations circuit closed"),
    ] * 2 == [(line["level"], line["event"]) for line in log.lines]


def test_a_new_process_begins_with_a_closed_circuit() -> None:
    registry = CollectorRegistry()
    metrics = RecommendationsMetrics(registry)
    metrics.circuit.set(State.OPEN.value)
    CircuitReport(metrics, RecordingLog().logger)
    assert 0.0 == registry.get_sample_value("marketplace_recommendations_circuit")
