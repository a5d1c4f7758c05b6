"""Every kind of page, and ways to read them."""

from collections.abc import Callable
from xml.etree import ElementTree

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from chassis.testing.recording_log import RecordingLog
from marketplace.app import create_app
from marketplace.errors import RecommendationsDown
from marketplace.http_metrics import HttpMetrics
from marketplace.recommendations import Answer, Recommendations, Source
from marketplace.testing.fakes import THREE_MYSTERIES, FakeRecommendations

PAGE_SECONDS = 60.0
"""Time that no page needs, unless what a test shows is broken."""

EARLIER = Answer(THREE_MYSTERIES, Source.STALE, RecommendationsDown("x"))


def shop(
    recommendations: Recommendations | None = None,
    log: RecordingLog | None = None,
    draining: Callable[[], bool] = lambda: False,
    registry: CollectorRegistry | None = None,
    install_tracing: Callable[[Flask], None] | None = None,
) -> FlaskClient:
    """Make a visitor of a shop, of which a test need only name what it is about."""
    app = create_app(
        recommendations or FakeRecommendations(),
        (log or RecordingLog()).logger,
        draining,
        PAGE_SECONDS,
        0.0,
        HttpMetrics(registry or CollectorRegistry()),
        install_tracing,
    )
    return app.test_client()


PAGES: dict[str, tuple[FakeRecommendations, str, int]] = {
    "home": (FakeRecommendations(), "/", 200),
    "home without recommendations": (FakeRecommendations(RecommendationsDown("x")), "/", 200),
    "home with an empty shelf": (FakeRecommendations([]), "/", 200),
    "home with earlier books": (FakeRecommendations(EARLIER), "/", 200),
    "category with earlier books": (FakeRecommendations(EARLIER), "/categories/mystery", 200),
    "category": (FakeRecommendations(), "/categories/mystery", 200),
    "category without recommendations": (
        FakeRecommendations(RecommendationsDown("x")),
        "/categories/romance",
        200,
    ),
    "category with an empty shelf": (FakeRecommendations([]), "/categories/history", 200),
    "not found": (FakeRecommendations(), "/nowhere", 404),
    "failed": (FakeRecommendations(ValueError("boom")), "/", 500),
}
"""What recommendations do, the address, and the status that is to come of it."""


def page(name: str) -> str:
    """Give the HTML of one of `PAGES`."""
    recommendations, path, status = PAGES[name]
    response = shop(recommendations).get(path)
    assert status == response.status_code  # noqa: S101 - part of a test.
    return response.text


def soup(html: str) -> BeautifulSoup:
    """Read a page the way a browser would, more or less."""
    return BeautifulSoup(html, "html.parser")


def well_formed(html: str) -> ElementTree.Element:
    """Read a page as XML, which forgives nothing: no open element, no stray character."""
    return ElementTree.fromstring(html)  # noqa: S314 - our own page.


def bare_items(html: str) -> list[Tag]:
    """Give the list items that have no attribute."""
    return [item for item in soup(html).find_all("li") if not item.attrs]
