"""The time that a request has."""

from flask.testing import FlaskClient

from chassis.deadline import Budget, time_left
from marketplace.category import Category
from marketplace.recommendations import Answer, Recommendations
from marketplace.testing.fakes import FakeRecommendations
from marketplace.testing.pages import a_backend, make_app

HOUR = 3600.0
"""No machine is so slow that it mattered."""
MARGIN = 60.0


def a_shop(recommendations: Recommendations) -> FlaskClient:
    backend = a_backend(recommendations)
    return make_app(backend, page_seconds=HOUR, margin_seconds=MARGIN).test_client()


def test_each_request_has_its_own_less_a_margin() -> None:
    recommendations = FakeRecommendations()
    visitor = a_shop(recommendations)
    for _ in range(2):
        visitor.get("/")
    first, second = recommendations.budgets
    assert first is not second
    assert HOUR - MARGIN - 100 < first.left_seconds() <= HOUR - MARGIN


def test_calls_on_behalf_of_a_page_find_its_time_and_others_none() -> None:
    """A thread goes on to the next request, or to something else."""
    found: list[float | None] = []

    class Asking:
        def recommend(
            self, _: Category, __: int, ___: str, ____: Budget, reader: int | None = None
        ) -> Answer:
            found.append(time_left(MARGIN))
            return Answer(())

    a_shop(Asking()).get("/")
    (left,) = found
    assert left is not None
    assert HOUR - MARGIN - 100 < left <= HOUR - MARGIN
    assert time_left() is None
