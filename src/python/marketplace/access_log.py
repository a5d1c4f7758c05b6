"""A request id and a log line for every HTTP request."""

import time

import structlog
from flask import Flask, Response, g, request
from structlog.typing import FilteringBoundLogger

from chassis.json_lines import event_writer
from marketplace.request_id import HEADER, request_id_from

QUIET_ENDPOINTS = frozenset({"probes.healthz", "probes.readyz"})
"""Probes come every few seconds: their lines are for DEBUG, unless they fail."""


def install_access_log(app: Flask, log: FilteringBoundLogger) -> None:
    """Give each request an id as `g.request_id`, in every log line, and in its response.

    The line names the route's template, never the address, which could hold what a reader typed.
    """

    bound = log.bind()
    write_line, write_quiet = event_writer(bound, "INFO"), event_writer(bound, "DEBUG")

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = request_id_from(request.headers.get(HEADER))
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = g.request_id
        quiet = request.endpoint in QUIET_ENDPOINTS and response.status_code < 400
        if write := write_quiet if quiet else write_line:
            write(
                {
                    "event": "request",
                    "http_method": request.method,
                    "http_route": request.url_rule.rule if request.url_rule else None,
                    "http_status": response.status_code,
                    "duration_seconds": round(time.perf_counter() - g.started, 6),
                }
            )
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("request_id")
