"""Spans of HTTP requests: what they say, and what a stranger can do to them."""

from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from opentelemetry.trace import get_current_span

from chassis.deadline import Budget
from chassis.testing.otlp_collector import ReceivedSpan
from chassis.testing.recording_log import RecordingLog
from chassis.testing.traced import Traced, traced
from marketplace.category import Category
from marketplace.errors import RecommendationsDown
from marketplace.page_tracing import install_page_tracing
from marketplace.recommendations import Answer, Recommendations
from marketplace.testing.fakes import FakeRecommendations
from marketplace.testing.pages import shop

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SENT = {"traceparent": f"00-{TRACE}-{PARENT}-00", "tracestate": "a=1"}
"""A caller that does not want the trace recorded."""
SECRET = "4111-1111-1111-1111"  # noqa: S105 - what must not leak.


@pytest.fixture()
def to() -> Iterator[Traced]:
    with traced("marketplace") as made:
        yield made


def visitor(
    to: Traced,
    recommendations: Recommendations | None = None,
    log: RecordingLog | None = None,
    *,
    trusted: bool = False,
) -> FlaskClient:
    def install(app: Flask) -> None:
        install_page_tracing(app, to.tracing.tracer, trusted=trusted)

    return shop(recommendations, log, install_tracing=install)


def the_span(to: Traced) -> ReceivedSpan:
    (span,) = to.collector.wait_for()
    return span


def test_a_page_gives_a_span_named_by_its_route(to: Traced) -> None:
    assert 200 == visitor(to).get("/categories/mystery").status_code
    span = the_span(to)
    assert ("GET /categories/<slug>", "SERVER", "") == (span.name, span.kind, span.parent_id)
    assert {
        "http.request.method": "GET",
        "http.route": "/categories/<slug>",
        "http.response.status_code": 200,
        "url.scheme": "http",
        "network.protocol.version": "1.1",
    } == span.attributes
    assert not span.failed


def test_nothing_that_a_visitor_types_is_in_it(to: Traced) -> None:
    visitor(to).get(f"/categories/{SECRET}?q={SECRET}", headers={"User-Agent": SECRET})
    assert SECRET.encode() not in the_span(to).wire


def test_an_address_without_a_route_is_named_by_its_method(to: Traced) -> None:
    assert 404 == visitor(to).get(f"/{SECRET}").status_code
    span = the_span(to)
    assert "GET" == span.name
    assert "http.route" not in span.attributes
    assert 404 == span.attributes["http.response.status_code"]
    assert not span.failed


def test_a_method_that_nobody_knows_is_not_named(to: Traced) -> None:
    assert 405 == visitor(to).open("/", method="BREW").status_code
    span = the_span(to)
    assert ("HTTP", "_OTHER") == (span.name, span.attributes["http.request.method"])
    assert b"BREW" not in span.wire


def test_a_page_that_fails_is_an_error_without_its_text(to: Traced) -> None:
    assert 500 == visitor(to, FakeRecommendations(ValueError(SECRET))).get("/").status_code
    span = the_span(to)
    assert span.failed
    assert ("500", 500) == (
        span.attributes["error.type"],
        span.attributes["http.response.status_code"],
    )
    assert SECRET.encode() not in span.wire


def test_a_page_without_recommendations_is_no_error(to: Traced) -> None:
    visitor(to, FakeRecommendations(RecommendationsDown(SECRET))).get("/")
    span = the_span(to)
    assert not span.failed
    assert SECRET.encode() not in span.wire


def test_a_request_that_nobody_answers_has_a_span_all_the_same(to: Traced) -> None:
    """A worker that is told to end while it works, for example."""

    class Ending:
        def recommend(
            self, _: Category, __: int, ___: str, ____: Budget, reader: int | None = None
        ) -> Answer:
            raise SystemExit(1)

    with pytest.raises(SystemExit):
        visitor(to, Ending()).get("/")
    span = the_span(to)
    assert span.failed
    assert "SystemExit" == span.attributes["error.type"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_have_no_spans(path: str, to: Traced) -> None:
    client = visitor(to)
    client.get(path)
    client.get("/")
    assert "GET /" == the_span(to).name


def test_a_strangers_trace_is_linked_to_and_not_joined(to: Traced) -> None:
    """Nor does it decide what is recorded."""
    visitor(to).get("/", headers=SENT)
    span = the_span(to)
    assert "" == span.parent_id
    assert TRACE != span.trace_id
    assert ((TRACE, PARENT),) == span.links
    assert b"a=1" not in span.wire


def test_the_trace_of_a_trusted_proxy_goes_on(to: Traced) -> None:
    client = visitor(to, trusted=True)
    client.get("/", headers=SENT)  # Not to be recorded.
    client.get("/", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    span = the_span(to)
    assert (TRACE, PARENT, ()) == (span.trace_id, span.parent_id, span.links)


@pytest.mark.parametrize("trusted", [True, False])
def test_nonsense_begins_a_trace(trusted: bool, to: Traced) -> None:
    visitor(to, trusted=trusted).get("/", headers={"traceparent": "nonsense"})
    span = the_span(to)
    assert ("", ()) == (span.parent_id, span.links)


def test_lines_of_the_log_name_the_trace(to: Traced) -> None:
    """The access line, and that of an exception; not those that come after."""
    log = RecordingLog()
    visitor(to, FakeRecommendations(ValueError("x")), log).get("/")
    span = the_span(to)
    events = {line["event"]: line for line in log.lines}
    for event in ("request", "request failed"):
        line = events[event]
        assert (span.trace_id, span.span_id) == (line["trace_id"], line["span_id"])
    assert {} == structlog.contextvars.get_contextvars()


def test_nothing_of_a_request_stays_on_its_thread(to: Traced) -> None:
    visitor(to).get("/")
    assert not get_current_span().get_span_context().is_valid
