"""What Kubernetes and load balancers are told."""

import pytest

from marketplace.errors import RecommendationsDown
from marketplace.testing.fakes import FakeRecommendations
from marketplace.testing.pages import shop


@pytest.mark.parametrize(("path", "text"), [("/healthz", "alive\n"), ("/readyz", "ready\n")])
def test_a_shop_is_alive_and_ready(path: str, text: str) -> None:
    response = shop().get(path)
    assert (200, text) == (response.status_code, response.text)
    assert "no-store" == response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_do_not_ask_for_recommendations(path: str) -> None:
    """The shop is open without them."""
    recommendations = FakeRecommendations(RecommendationsDown("x"))
    assert 200 == shop(recommendations).get(path).status_code
    assert [] == recommendations.questions


def test_a_shop_that_is_about_to_stop_is_alive_but_not_ready() -> None:
    closing = False
    visitor = shop(draining=lambda: closing)
    assert 200 == visitor.get("/readyz").status_code
    closing = True
    assert (503, "draining\n") == (
        visitor.get("/readyz").status_code,
        visitor.get("/readyz").text,
    )
    assert 200 == visitor.get("/healthz").status_code
    assert 200 == visitor.get("/").status_code
