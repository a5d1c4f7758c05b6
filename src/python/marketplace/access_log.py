"""A request id and a log line for every HTTP request."""

from collections.abc import Iterable
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, g, request
from structlog.contextvars import STRUCTLOG_KEY_PREFIX
from structlog.typing import FilteringBoundLogger

from chassis.json_lines import event_writer
from marketplace.http_metrics import RULE
from marketplace.request_id import ENVIRON_HEADER, HEADER, request_id_from

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

QUIET_ENDPOINTS = frozenset({"probes.healthz", "probes.readyz"})
"""Probes come every few seconds: their lines are for DEBUG, unless they fail."""

_REQUEST_ID = "marketplace.request_id"
_in_lines: ContextVar[str] = ContextVar(f"{STRUCTLOG_KEY_PREFIX}request_id")
"""structlog adds what such variables hold; to set it is less work than to ask structlog to."""


def install_access_log(app: Flask, log: FilteringBoundLogger) -> None:
    """Give each request an id as `g.request_id`, in every log line, and in its response.

    The line names the route's template, never the address, which could hold what a reader typed.
    It is written when the response begins.
    """

    bound = log.bind()
    write_line, write_quiet = event_writer(bound, "INFO"), event_writer(bound, "DEBUG")
    inner = app.wsgi_app

    def logged(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Do around Flask what its hooks would do at twice the cost."""
        started = perf_counter()
        request_id = environ[_REQUEST_ID] = request_id_from(environ.get(ENVIRON_HEADER))

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            headers.append((HEADER, request_id))
            rule = environ.get(RULE) or request.url_rule  # Flask is not always asked.
            code = int(status[:3])
            quiet = rule is not None and rule.endpoint in QUIET_ENDPOINTS and code < 400
            if write := write_quiet if quiet else write_line:
                write(
                    {
                        "event": "request",
                        "http_method": environ["REQUEST_METHOD"],
                        "http_route": rule.rule if rule else None,
                        "http_status": code,
                        "duration_seconds": round(perf_counter() - started, 6),
                    }
                )
            return start_response(status, headers, *error)

        token = _in_lines.set(request_id)
        try:
            return inner(environ, start)
        finally:
            _in_lines.reset(token)

    @app.before_request
    def arrive() -> None:
        g.request_id = request.environ[_REQUEST_ID]

    app.wsgi_app = logged  # type: ignore[method-assign]  # Flask's documented way.
