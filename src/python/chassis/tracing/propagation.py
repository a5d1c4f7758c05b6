"""A trace's way between processes: W3C Trace Context, in metadata of calls or headers of requests.

No baggage: whatever somebody outside put there would travel on to every service.
"""

import re
from collections.abc import Iterable, Sequence

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

MAX_PARENT = 256
MAX_STATE = 512
"""How many characters of them are looked at; more of a state need not be handed on."""

_KEY = r"[a-z][_0-9a-z*/-]{0,255}|[a-z0-9][_0-9a-z*/-]{0,240}@[a-z][_0-9a-z*/-]{0,13}"
_VALUE = r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
_MEMBER = re.compile(f"(?:{_KEY})={_VALUE}")
_MAX_MEMBERS = 32
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
    # Of several parents, none is to be believed.
    if len(parents) != 1 or len(parents[0]) > MAX_PARENT:
        return Context()
    carrier: dict[str, list[str]] = {TRACEPARENT: parents}
    if _is_state(states):
        carrier[TRACESTATE] = states
    return _PROPAGATOR.extract(carrier, Context())


def _is_state(headers: Sequence[str]) -> bool:
    """Tell whether the standard allows it. OpenTelemetry would write into the log what it is not.

    Then whoever can call could fill the log, and with words of their own.
    """
    text = ",".join(headers)
    members = [member for part in text.split(",") if (member := part.strip(" \t"))]
    return (
        0 < len(members) <= _MAX_MEMBERS
        and len(text) <= MAX_STATE
        and all(_MEMBER.fullmatch(member) for member in members)
    )


def span_context_in(context: Context) -> SpanContext | None:
    """Give what a context says of a span, None if nothing."""
    found = get_current_span(context).get_span_context()
    return found if found.is_valid else None


def inject(context: Context) -> list[tuple[str, str | bytes]]:
    """Give the metadata that hands a context on."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, context)
    return list(carrier.items())
