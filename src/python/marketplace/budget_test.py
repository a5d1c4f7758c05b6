"""The time that a request has."""

from prometheus_client import CollectorRegistry

from chassis.testing.recording_log import RecordingLog
from marketplace.app import create_app
from marketplace.budget import Budget
from marketplace.http_metrics import HttpMetrics
from marketplace.page_budget import RENDERING_SECONDS
from marketplace.testing.clock import FakeClock
from marketplace.testing.fakes import FakeRecommendations


def test_it_counts_down_to_nothing() -> None:
    clock = FakeClock()
    budget = Budget(2.0, clock)
    left = []
    for _ in range(4):
        left.append(budget.left_seconds())
        clock.advance(0.75)
    assert [2.0, 1.25, 0.5, 0.0] == left


def test_each_request_has_its_own_less_what_rendering_takes() -> None:
    """An hour, so that no machine is so slow that it mattered."""
    recommendations = FakeRecommendations()
    app = create_app(
        recommendations,
        RecordingLog().logger,
        lambda: False,
        3600.0,
        HttpMetrics(CollectorRegistry()),
    )
    for _ in range(2):
        app.test_client().get("/")
    first, second = recommendations.budgets
    assert first is not second
    assert 3500.0 < first.left_seconds() <= 3600.0 - RENDERING_SECONDS
