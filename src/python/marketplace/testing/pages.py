"""Every kind of page, and ways to read them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from xml.etree import ElementTree

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from werkzeug.test import TestResponse

from chassis.settings import load_settings
from chassis.testing.recording_log import RecordingLog
from marketplace.abilities import Abilities
from marketplace.app import create_app
from marketplace.backend import Backend
from marketplace.catalog import Catalog
from marketplace.errors import RecommendationsDown
from marketplace.http_metrics import HttpMetrics
from marketplace.reader_memory import ReaderMemory
from marketplace.reader_settings import ReaderSettings
from marketplace.readers import new_readers
from marketplace.recommendations import Answer, Reason, ReasonKind, Recommendations, Source
from marketplace.testing.fakes import (
    THREE_MYSTERIES,
    FakeCatalog,
    FakeMemory,
    FakeRecommendations,
)
from marketplace.testing.small_library import SMALL_LIBRARY
from marketplace.views import ViewMetrics, Views

PAGE_SECONDS = 60.0
"""Time that no page needs, unless what a test shows is broken."""

SECONDS = 30.0
EARLIER = Answer(THREE_MYSTERIES, Source.STALE, RecommendationsDown("x"))


KEY = "a key for tests and nothing else".replace(" ", "-")
PROXY = "127.0.0.1"
TODAY = date(2031, 3, 14)


def reader_settings(**environ: str) -> ReaderSettings:
    """Make settings, with keys unless others are given."""
    return load_settings(ReaderSettings, {"COOKIE_KEYS": KEY, **environ})


def a_backend(
    recommendations: Recommendations | None = None,
    catalog: Catalog | None = None,
    memory: ReaderMemory | None = None,
    log: RecordingLog | None = None,
) -> Backend:
    """Put together what pages ask, of which a test need only name what it is about."""
    memory = memory or FakeMemory()
    metrics = ViewMetrics(CollectorRegistry())
    return Backend(
        recommendations or FakeRecommendations(),
        catalog or FakeCatalog(),
        memory,
        # No view is too old to be recorded, however long its thread must wait for its turn.
        Views(memory, metrics, (log or RecordingLog()).logger, lambda: 0.0),
        Abilities(time.monotonic),
        lambda _: None,
        lambda *_: False,
    )


def shop(
    recommendations: Recommendations | None = None,
    log: RecordingLog | None = None,
    draining: Callable[[], bool] = lambda: False,
    registry: CollectorRegistry | None = None,
    install_tracing: Callable[[Flask], None] | None = None,
    *,
    backend: Backend | None = None,
) -> FlaskClient:
    """Make a visitor of a shop, of which a test need only name what it is about."""
    backend = backend or a_backend(recommendations, log=log)
    return make_app(backend, log, draining, registry, install_tracing).test_client()


def make_app(
    backend: Backend | None = None,
    log: RecordingLog | None = None,
    draining: Callable[[], bool] = lambda: False,
    registry: CollectorRegistry | None = None,
    install_tracing: Callable[[Flask], None] | None = None,
    settings: ReaderSettings | None = None,
    page_seconds: float = PAGE_SECONDS,
    margin_seconds: float = 0.0,
) -> Flask:
    """Make a shop, which may have several visitors."""
    log = log or RecordingLog()
    # Whoever has written too often may not write again because a machine is slow.
    readers = new_readers(settings or reader_settings(), PROXY, log.logger, lambda: 0.0)
    this = backend or a_backend(log=log)
    return create_app(
        lambda: this,
        replace(readers, today=lambda: TODAY),
        log.logger,
        draining,
        page_seconds,
        margin_seconds,
        HttpMetrics(registry or CollectorRegistry()),
        install_tracing,
    )


@dataclass(frozen=True)
class Situation:
    """What the service does, the address that is asked for, and the status to come of it.

    after: addresses that the visitor asks for before.
    """

    path: str
    status: int = 200
    recommendations: FakeRecommendations = field(default_factory=FakeRecommendations)
    catalog: FakeCatalog = field(default_factory=FakeCatalog)
    memory: FakeMemory = field(default_factory=FakeMemory)
    after: tuple[str, ...] = ()


DOWN = RecommendationsDown("x")
SIMILAR = Answer(
    SMALL_LIBRARY[:6],
    reasons={book.id: Reason(ReasonKind.SIMILAR, SMALL_LIBRARY[0]) for book in SMALL_LIBRARY[:6]},
)


def failing_catalog(
    failure: Exception | None = None, similar: Exception | None = None
) -> FakeCatalog:
    """Make a catalogue that knows nothing, or no similar books."""
    catalog = FakeCatalog()
    catalog.failure, catalog.similar_failure = failure, similar
    return catalog


PAGES: dict[str, Situation] = {
    "home": Situation("/"),
    "home without recommendations": Situation("/", recommendations=FakeRecommendations(DOWN)),
    "home with an empty shelf": Situation("/", recommendations=FakeRecommendations([])),
    "home with earlier books": Situation("/", recommendations=FakeRecommendations(EARLIER)),
    "home of a reader": Situation(
        "/", recommendations=FakeRecommendations(SIMILAR), after=("/", "/books/1")
    ),
    "category with earlier books": Situation(
        "/categories/mystery", recommendations=FakeRecommendations(EARLIER)
    ),
    "category": Situation("/categories/mystery"),
    "category with reasons": Situation(
        "/categories/mystery", recommendations=FakeRecommendations(SIMILAR)
    ),
    "category without recommendations": Situation(
        "/categories/romance", recommendations=FakeRecommendations(DOWN)
    ),
    "category with an empty shelf": Situation(
        "/categories/history", recommendations=FakeRecommendations([])
    ),
    "book": Situation("/books/1"),
    "book wished": Situation("/books/1?done=wished"),
    "book bought": Situation("/books/1?done=bought"),
    "book alone": Situation("/books/1", catalog=failing_catalog(similar=DOWN)),
    "book without the service": Situation("/books/1", 503, catalog=failing_catalog(DOWN)),
    "search": Situation("/search"),
    "search with a result": Situation("/search?q=falcon"),
    "search with results": Situation("/search?q=the"),
    "search in vain": Situation("/search?q=nothing"),
    "search without the service": Situation("/search?q=x", 503, catalog=failing_catalog(DOWN)),
    "reader unknown": Situation("/you"),
    "reader": Situation("/you", after=("/", "/books/1", "/books/2")),
    "reader without the service": Situation("/you", 503, memory=FakeMemory(DOWN), after=("/",)),
    "forgotten": Situation("/forgotten"),
    "not found": Situation("/nowhere", 404),
    "failed": Situation("/", 500, recommendations=FakeRecommendations(ValueError("boom"))),
}
"""One of each kind."""


def visit(name: str) -> TestResponse:
    """Ask for one of `PAGES`."""
    this = PAGES[name]
    backend = a_backend(this.recommendations, this.catalog, this.memory)
    visitor = shop(backend=backend)
    for path in this.after:
        visitor.get(path)
    backend.views.close(SECONDS)
    response = visitor.get(this.path)
    assert this.status == response.status_code  # noqa: S101 - part of a test.
    return response


def page(name: str) -> str:
    """Give the HTML of one of `PAGES`."""
    return visit(name).text


def soup(html: str) -> BeautifulSoup:
    """Read a page the way a browser would, more or less."""
    return BeautifulSoup(html, "html.parser")


def well_formed(html: str) -> ElementTree.Element:
    """Read a page as XML, which forgives nothing: no open element, no stray character."""
    return ElementTree.fromstring(html)  # noqa: S314 - our own page.


def bare_items(html: str) -> list[Tag]:
    """Give the list items that have no attribute."""
    return [item for item in soup(html).find_all("li") if not item.attrs]
