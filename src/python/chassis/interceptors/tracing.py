"""A span for every call that arrives."""

from collections.abc import Callable, Collection

import grpc
from opentelemetry.trace import SpanKind, Tracer

from chassis.interceptors.call import Ending, ServerCall
from chassis.interceptors.chain import Ended
from chassis.tracing.propagation import extract
from chassis.tracing.spans import GRPC, OTHER, RPC_METHOD, RPC_SYSTEM, end_rpc, enter

_OUR_FAULT = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""Codes that make a server's span an error; others are the caller's own doing."""


class CallTracing:
    """Makes a span of each call, a child of the one that its client is in.

    It belongs outermost, so that the log's lines of a call carry its trace, and the span knows what
    the status mapping made of an exception.

    tracer: gives what makes spans, in this process.
    quiet: services whose calls have none, such as health checks.
    """

    def __init__(self, tracer: Callable[[], Tracer], quiet: Collection[str] = ()) -> None:
        self._tracer = tracer
        self._quiet = frozenset(quiet)

    def begin(self, call: ServerCall) -> Ended | None:
        """See `Interceptor`."""
        if call.service in self._quiet:
            return None
        name = f"{call.service}/{call.method}" if call.known else GRPC
        method = name if call.known else OTHER
        parent = extract(call.metadata)
        span = self._tracer().start_span(
            name,
            parent,
            SpanKind.SERVER,
            {RPC_SYSTEM: GRPC, RPC_METHOD: method},
        )
        # Not left again: the context ends with the call.
        enter(span, parent)

        def ended(error: BaseException | None) -> None:
            code = call.code or grpc.StatusCode.INTERNAL
            error_type = None
            if code in _OUR_FAULT:
                raised = error is not None and call.ending is Ending.RAISED
                error_type = type(error).__name__ if raised else code.name
            end_rpc(span, code, error_type)

        return ended
