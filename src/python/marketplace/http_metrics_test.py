"""What is counted of HTTP requests."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from chassis.metrics.buckets import LATENCY_BUCKETS
from marketplace.http_metrics import HttpMetrics, install_http_metrics
from marketplace.testing.fakes import FakeRecommendations
from marketplace.testing.pages import shop

COUNT = "http_server_request_duration_seconds_count"


def labels(method: str, route: str, status: int) -> dict[str, str]:
    return {
        "http_request_method": method,
        "http_route": route,
        "http_response_status_code": str(status),
    }


def samples(registry: CollectorRegistry, name: str) -> list[tuple[dict[str, str], float]]:
    return [
        (sample.labels, sample.value)
        for family in registry.collect()
        for sample in family.samples
        if sample.name == name
    ]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", labels("GET", "/", 200)),
        ("HEAD", "/", labels("HEAD", "/", 200)),
        ("GET", "/categories/fantasy?q=x", labels("GET", "/categories/<slug>", 200)),
        ("GET", "/categories/cooking", labels("GET", "/categories/<slug>", 404)),
        ("GET", "/assets/none.css", labels("GET", "/assets/<name>", 404)),
        ("GET", "/readyz", labels("GET", "/readyz", 200)),
        ("GET", "/nowhere", labels("GET", "_OTHER", 404)),
        ("POST", "/", labels("POST", "_OTHER", 405)),
        ("BREW", "/nowhere", labels("_OTHER", "_OTHER", 404)),
    ],
)
def test_a_request_is_counted_once_by_method_route_and_status(
    method: str, path: str, expected: dict[str, str]
) -> None:
    registry = CollectorRegistry()
    shop(registry=registry).open(path, method=method)
    assert [(expected, 1.0)] == samples(registry, COUNT)
    active = [({"http_request_method": expected["http_request_method"]}, 0.0)]
    assert active == samples(registry, "http_server_active_requests")


def test_visitors_cannot_make_the_set_of_labels_grow() -> None:
    registry = CollectorRegistry()
    visitor = shop(registry=registry)
    for number in range(20):
        visitor.open(f"/{number}", method=f"METHOD{number}")
        visitor.get(f"/categories/{number}")
    assert [
        (labels("_OTHER", "_OTHER", 404), 20.0),
        (labels("GET", "/categories/<slug>", 404), 20.0),
    ] == samples(registry, COUNT)


def test_a_request_that_fails_is_counted_as_what_the_visitor_got() -> None:
    registry = CollectorRegistry()
    shop(FakeRecommendations(ValueError("boom")), registry=registry).get("/")
    assert [(labels("GET", "/", 500), 1.0)] == samples(registry, COUNT)


def counted_app(metrics: HttpMetrics) -> Flask:
    app = Flask("counted")
    install_http_metrics(app, metrics)
    return app


def visited(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_request_is_active_until_it_has_a_response() -> None:
    registry = CollectorRegistry()
    app = counted_app(HttpMetrics(registry))
    seen: list[list[tuple[dict[str, str], float]]] = []

    @app.get("/")
    def page() -> str:
        seen.append(samples(registry, "http_server_active_requests"))
        return "page"

    visited(app).get("/")
    assert [[({"http_request_method": "GET"}, 1.0)]] == seen


def test_a_request_without_any_response_is_a_failure() -> None:
    """What comes before the application's own handling of errors can fail, too."""
    registry = CollectorRegistry()
    app = counted_app(HttpMetrics(registry))

    @app.get("/")
    def page() -> str:
        return "page"

    @app.after_request
    def spoil(_: object) -> None:
        raise ValueError("boom")

    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(ValueError, match="boom"):
        visited(app).get("/")
    assert [(labels("GET", "/", 500), 1.0)] == samples(registry, COUNT)
    assert [({"http_request_method": "GET"}, 0.0)] == samples(
        registry, "http_server_active_requests"
    )


def test_the_time_that_passed_is_in_its_bucket() -> None:
    registry = CollectorRegistry()
    times = iter([100.0, 100.03])
    app = counted_app(HttpMetrics(registry, lambda: next(times)))

    @app.get("/")
    def page() -> str:
        return "page"

    visited(app).get("/")
    buckets = samples(registry, "http_server_request_duration_seconds_bucket")
    inside = [0.0 if le < 0.03 else 1.0 for le in (*LATENCY_BUCKETS, float("inf"))]
    assert inside == [value for _, value in buckets]
