"""A trace's way between processes: W3C Trace Context, in metadata of calls or headers of requests.

No baggage: whatever somebody outside put there would travel on to every service.
"""

from collections.abc import Iterable

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

_PROPAGATOR = TraceContextTextMapPropagator()


def extract(metadata: Iterable[tuple[str, str | bytes]]) -> Context:
    """Give the context that a caller sent; an empty one if it sent none, or nonsense.

    metadata: pairs of key, in lower case, and value.
    """
    parents: list[str] = []
    states: list[str] = []
    for key, value in metadata:
        if key == TRACEPARENT and isinstance(value, str):
            parents.append(value)
        elif key == TRACESTATE and isinstance(value, str):
            states.append(value)
    if len(parents) != 1:  # Of several, none is to be believed.
        return Context()
    carrier: dict[str, list[str]] = {TRACEPARENT: parents}
    if states:
        carrier[TRACESTATE] = states
    return _PROPAGATOR.extract(carrier, Context())


def span_context_in(context: Context) -> SpanContext | None:
    """Give what a context says of a span, None if nothing."""
    found = get_current_span(context).get_span_context()
    return found if found.is_valid else None


def inject(context: Context) -> list[tuple[str, str | bytes]]:
    """Give the metadata that hands a context on."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, context)
    return list(carrier.items())
