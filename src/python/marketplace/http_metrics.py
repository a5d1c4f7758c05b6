"""What is counted of every HTTP request, under the names that OpenTelemetry has for it."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from prometheus_client import CollectorRegistry, Gauge, Histogram

from chassis.metrics.buckets import LATENCY_BUCKETS

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

OTHER = "_OTHER"
"""Stands for all methods and routes that do not exist: their names are for visitors to invent."""
METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
)

RULE = "marketplace.rule"
"""Where the environment of a request has its route, once that is known."""
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
    """Count each request of an application. To be installed last, to see what all others do."""

    # A series is looked up by a lock and several copies of its labels. There are few of them.
    active = lru_cache(len(METHODS) + 1)(metrics.active.labels)
    duration = lru_cache(_MOST_SERIES)(metrics.duration.labels)

    inner = app.wsgi_app

    def counted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Do around Flask what its hooks would do at twice the cost."""
        arrived = metrics.clock()
        sent = environ["REQUEST_METHOD"].upper()
        method = sent if sent in METHODS else OTHER
        code = 500  # Unless a response can be made.

        def start(status: str, *more: Any) -> Any:
            nonlocal code
            code = int(status[:3])
            return start_response(status, *more)

        in_flight = active(method)
        in_flight.inc()
        try:
            return inner(environ, start)
        finally:
            rule = environ.get(RULE)
            duration(method, rule.rule if rule else OTHER, code).observe(metrics.clock() - arrived)
            in_flight.dec()

    @app.before_request
    def arrive() -> None:
        request.environ[RULE] = request.url_rule

    app.wsgi_app = counted  # type: ignore[method-assign]  # Flask's documented way.
