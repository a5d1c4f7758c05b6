"""A request id and a log line for every HTTP request."""

import re
from typing import Any

import pytest
import structlog

from chassis.testing.recording_log import RecordingLog
from marketplace.testing.fakes import FakeRecommendations
from marketplace.testing.pages import shop


def line_of(log: RecordingLog) -> dict[str, Any]:
    (line,) = log.lines_of("request")
    return dict(line)


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/", "/", 200),
        ("HEAD", "/", "/", 200),
        ("GET", "/categories/fantasy?q=secret", "/categories/<slug>", 200),
        ("GET", "/categories/secret", "/categories/<slug>", 404),
        ("GET", "/secret", None, 404),
        ("POST", "/", None, 405),
        ("OPTIONS", "/", "/", 200),
    ],
)
def test_a_line_names_the_route_and_never_what_was_typed(
    method: str, path: str, route: str | None, status: int
) -> None:
    log = RecordingLog()
    response = shop(log=log).open(path, method=method)
    line = line_of(log)
    assert isinstance(line.pop("duration_seconds"), float)
    assert {
        "event": "request",
        "level": "info",
        "http_method": method,
        "http_route": route,
        "http_status": status,
        "request_id": response.headers["X-Request-Id"],
    } == line


def test_the_callers_id_goes_through_everything() -> None:
    log = RecordingLog()
    recommendations = FakeRecommendations()
    response = shop(recommendations, log).get("/", headers={"X-Request-Id": "abc-1"})
    assert "abc-1" == response.headers["X-Request-Id"]
    assert "abc-1" == line_of(log)["request_id"]
    assert ["abc-1"] == [request_id for _, _, request_id in recommendations.questions]


def test_an_id_that_could_do_harm_is_replaced() -> None:
    response = shop().get("/", headers={"X-Request-Id": "a b<script>"})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-Id"])


def test_requests_have_ids_of_their_own() -> None:
    log = RecordingLog()
    visitor = shop(log=log)
    ids = [visitor.get("/").headers["X-Request-Id"] for _ in range(3)]
    assert 3 == len(set(ids))
    assert ids == [line["request_id"] for line in log.lines_of("request")]


def test_the_id_is_forgotten_when_the_request_is_over() -> None:
    """The next line of this thread has nothing to do with it."""
    shop().get("/")
    assert {} == structlog.contextvars.get_contextvars()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_that_go_well_are_for_debugging(path: str) -> None:
    log = RecordingLog()
    shop(log=log).get(path)
    assert "debug" == line_of(log)["level"]


def test_a_probe_that_fails_is_not() -> None:
    log = RecordingLog()
    shop(log=log, draining=lambda: True).get("/readyz")
    assert ("info", 503) == (line_of(log)["level"], line_of(log)["http_status"])
