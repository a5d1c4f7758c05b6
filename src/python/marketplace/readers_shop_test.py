"""A reader in a shop as in production, over a real channel to a service that learns."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from chassis.channel import ProcessChannel, open_channel
from chassis.settings import load_settings
from chassis.testing.recording_log import RecordingLog
from chassis.testing.waiting import wait_until
from marketplace.backend import Backend, new_backend, new_clients
from marketplace.recommendations_client import CHANNEL_SETTINGS
from marketplace.settings import MarketplaceSettings
from marketplace.testing.forms import send
from marketplace.testing.library_servicer import LibraryServicer
from marketplace.testing.pages import bare_items, make_app, soup
from marketplace.testing.recommendations_servicer import servicer_server

DEADLINE = 10.0


@contextmanager
def a_real_backend(
    servicer: LibraryServicer, log: RecordingLog, **environ: str
) -> Iterator[Backend]:
    settings = load_settings(MarketplaceSettings, environ)
    with servicer_server(servicer) as address:
        channel = ProcessChannel(lambda: open_channel(address.host, address.port, CHANNEL_SETTINGS))
        clients = new_clients(channel, DEADLINE, log.logger)
        backend = new_backend(clients, settings, log.logger, CollectorRegistry()).get()
        try:
            yield backend
        finally:
            backend.views.close(DEADLINE)
            channel.close()


@contextmanager
def a_shop(servicer: LibraryServicer, **environ: str) -> Iterator[FlaskClient]:
    log = RecordingLog()
    with a_real_backend(servicer, log, **environ) as backend:
        yield make_app(backend, log).test_client()


def reasons_on(html: str) -> set[str]:
    return {each.get_text() for each in soup(html).select("[aria-labelledby=for-you] .because")}


@pytest.mark.parametrize("fresh_seconds", ["0", "3600"])
def test_what_a_reader_looks_at_changes_the_home_page_until_they_are_forgotten(
    fresh_seconds: str,
) -> None:
    """At once, for however long the lists of newcomers are kept."""
    servicer = LibraryServicer()
    with a_shop(servicer, RECOMMENDATIONS_FRESH_SECONDS=fresh_seconds) as visitor:
        for _ in range(2):
            assert set() == reasons_on(visitor.get("/").text)

        def noted() -> bool:
            """A view is recorded after the page, and let go if that takes too long."""
            visitor.get("/books/9")
            return len(servicer.readers()) == 1

        wait_until(noted, DEADLINE)
        (reader,) = servicer.readers()
        assert {"Because you looked at The Time Machine"} == reasons_on(visitor.get("/").text)
        send(visitor, "/books/11", "Buy")
        (reason,) = reasons_on(visitor.get("/").text)
        assert reason.endswith(" We")
        send(visitor, "/books/30", "Put on my list")
        assert ("Jane Eyre", "INTERACTION_KIND_WISHED") in servicer.done_by(reader)
        send(visitor, "/you", "Forget me")
        assert set() == servicer.readers()
        assert set() == reasons_on(visitor.get("/").text)


def test_a_service_of_the_first_release_costs_only_what_it_cannot_do() -> None:
    servicer = LibraryServicer()
    for method in (
        *("GetBook", "ListSimilarBooks", "SearchBooks"),
        *("RecordInteraction", "ListInteractions", "ForgetUser"),
    ):
        servicer.failures[method] = grpc.StatusCode.UNIMPLEMENTED
    with a_shop(servicer) as visitor:
        visitor.get("/")
        for path in ("/", "/you", "/search?q=x", "/books/1"):
            visitor.get(path)
        asked = len(servicer.calls)
        html = visitor.get("/").text
        assert asked + 1 == len(servicer.calls)
    page = soup(html)
    assert 3 == len(bare_items(html))
    assert [] == page.select("form, .yours, h2 a, #for-you")


@pytest.mark.parametrize("method", ["GetBook", "RecordInteraction", "ListInteractions"])
def test_one_circuit_spares_the_service_from_all_calls(method: str) -> None:
    """Whatever fails, it is the same service."""
    servicer = LibraryServicer()
    log = RecordingLog()
    with a_real_backend(
        servicer,
        log,
        RECOMMENDATIONS_CIRCUIT_FAILURES="1",
        RECOMMENDATIONS_CIRCUIT_PAUSE_SECONDS="60",
    ) as backend:
        visitor = make_app(backend, log).test_client()
        visitor.get("/")
        servicer.failures[method] = grpc.StatusCode.UNAVAILABLE
        if method == "RecordInteraction":
            response = send(visitor, "/books/1", "Buy")
        else:
            response = visitor.get("/you" if method == "ListInteractions" else "/books/1")
        assert 503 == response.status_code
        # The page with the form was viewed: that is told later, and tried again as it fails.
        backend.views.close(DEADLINE)
        asked = len(servicer.calls)
        assert "unavailable right now" in visitor.get("/categories/fantasy").text
        assert asked == len(servicer.calls)


def test_a_book_of_a_moment_ago_is_shown_while_the_service_is_gone() -> None:
    servicer = LibraryServicer()
    with a_shop(servicer, RECOMMENDATIONS_FRESH_SECONDS="0") as visitor:
        visitor.get("/books/1")
        servicer.failures[""] = grpc.StatusCode.UNAVAILABLE
        assert 200 == visitor.get("/books/1").status_code
        assert 503 == visitor.get("/books/2").status_code
        assert 503 == send(visitor, "/books/1", "Buy").status_code
