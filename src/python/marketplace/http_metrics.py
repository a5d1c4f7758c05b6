"""What is counted of every HTTP request, under the names that OpenTelemetry has for it."""

from collections.abc import Callable
from functools import lru_cache
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Gauge, Histogram

from chassis.metrics.buckets import LATENCY_BUCKETS

OTHER = "_OTHER"
"""Stands for all methods and routes that do not exist: their names are for visitors to invent."""
METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
)

_MOST_SERIES = 512
"""Of methods, routes and statuses; more are looked up each time."""


class HttpMetrics:
    """Counts requests, by method and by the route's template, never by the address.

    http_server_request_duration_seconds: how long each took until its response could be sent; its
        count, by status, is that of requests.
    http_server_active_requests: requests that have arrived and have no response yet.

    clock: gives seconds; only differences matter.
    """

    def __init__(
        self, registry: CollectorRegistry, clock: Callable[[], float] = perf_counter
    ) -> None:
        self.clock = clock
        self.duration = Histogram(
            "http_server_request_duration_seconds",
            "How long requests took.",
            ["http_request_method", "http_route", "http_response_status_code"],
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.active = Gauge(
            "http_server_active_requests",
            "Requests that have arrived and have no response yet.",
            ["http_request_method"],
            registry=registry,
            multiprocess_mode="livesum",
        )


def install_http_metrics(app: Flask, metrics: HttpMetrics) -> None:
    """Count each request of an application. To be installed first, to see what all others do."""

    # A series is looked up by a lock and several copies of its labels. There are few of them.
    active = lru_cache(len(METHODS) + 1)(metrics.active.labels)
    duration = lru_cache(_MOST_SERIES)(metrics.duration.labels)

    @app.before_request
    def begin() -> None:
        g.arrived = metrics.clock()
        g.status = 500  # Unless a response can be made.
        active(_method()).inc()

    @app.after_request
    def note(response: Response) -> Response:
        g.status = response.status_code
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        route = request.url_rule.rule if request.url_rule else OTHER
        seconds = metrics.clock() - g.arrived
        method = _method()
        duration(method, route, g.status).observe(seconds)
        active(method).dec()


def _method() -> str:
    return request.method if request.method in METHODS else OTHER
