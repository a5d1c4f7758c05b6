"""A span for every HTTP request: the first of its trace, and around what is done to answer it."""

from collections.abc import Callable
from contextvars import Token

from flask import Flask, Response, g, request
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Tracer

from chassis.tracing.propagation import TRACEPARENT, TRACESTATE, extract, span_context_in
from chassis.tracing.spans import OTHER, enter, fail, leave
from marketplace.access_log import QUIET_ENDPOINTS

_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)


def install_page_tracing(app: Flask, tracer: Callable[[], Tracer], *, trusted: bool) -> None:
    """Make a span of each request but probes. To be installed before what writes to the log.

    It names the route's template, never the address, which could hold what a reader typed.

    tracer: gives what makes spans, in this process.
    trusted: whether a request's `traceparent` is believed, so that its trace goes on. Otherwise it
        is only linked to: anybody could have their requests recorded, or not, or into each other's
        traces.
    """

    @app.before_request
    def begin() -> None:
        if request.endpoint not in QUIET_ENDPOINTS:
            g.page_span = _PageSpan(tracer(), trusted)

    @app.after_request
    def answered(response: Response) -> Response:
        if page_span := g.get("page_span"):
            page_span.status = response.status_code
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        if page_span := g.pop("page_span", None):
            page_span.end(error)


class _PageSpan:
    def __init__(self, tracer: Tracer, trusted: bool) -> None:
        self.status: int | None = None
        sent = extract(
            (name, value)
            for name in ((TRACEPARENT, TRACESTATE) if trusted else (TRACEPARENT,))
            for value in request.headers.getlist(name)
        )
        parent = sent if trusted else Context()
        self._span = _start(tracer, parent, links=[] if trusted else _links(sent))
        self._entered: Token[Context] = enter(self._span, parent)

    def end(self, error: BaseException | None) -> None:
        """End it, where it was made. error: what nobody else has handled."""
        status = self.status or 500
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            fail(self._span, str(status) if error is None else type(error).__name__)
        self._span.end()
        leave(self._entered)


def _start(tracer: Tracer, parent: Context, links: list[Link]) -> Span:
    known = request.method in _METHODS
    route = request.url_rule.rule if request.url_rule else None
    method = request.method if known else "HTTP"
    attributes: dict[str, str] = {
        "http.request.method": request.method if known else OTHER,
        "url.scheme": request.scheme,
        "network.protocol.version": str(request.environ.get("SERVER_PROTOCOL")).partition("/")[2],
    }
    if route is not None:
        attributes["http.route"] = route
    return tracer.start_span(
        method if route is None else f"{method} {route}",
        parent,
        SpanKind.SERVER,
        attributes,
        links,
    )


def _links(sent: Context) -> list[Link]:
    """Link to the span that a stranger names, without what else they say of it."""
    found = span_context_in(sent)
    if found is None:
        return []
    return [Link(SpanContext(found.trace_id, found.span_id, is_remote=True))]
