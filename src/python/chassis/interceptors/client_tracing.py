"""A span for every call that we make, and its way to the server that is called."""

from collections.abc import Callable

import grpc
from opentelemetry.context import get_current
from opentelemetry.trace import SpanKind, Tracer, set_span_in_context

from chassis.interceptors.client import ClientCall, Ended
from chassis.tracing.propagation import TRACEPARENT, TRACESTATE, inject
from chassis.tracing.spans import GRPC, RPC_METHOD, RPC_SYSTEM, end_rpc

_OURS = frozenset({TRACEPARENT, TRACESTATE})


class TracedCalls:
    """Makes a span of each call, a child of the present one, which the server is told of.

    It lasts until the call has ended, retries by gRPC included.

    tracer: gives what makes spans, in this process.
    host, port: what the channel was opened to.
    """

    def __init__(self, tracer: Callable[[], Tracer], host: str, port: int) -> None:
        self._tracer = tracer
        self._server: dict[str, str | int] = {"server.address": host, "server.port": port}

    def begin(self, call: ClientCall) -> Ended:
        """See `ClientInterceptor`."""
        name = f"{call.service}/{call.method}"
        present = get_current()
        span = self._tracer().start_span(
            name,
            present,
            SpanKind.CLIENT,
            {RPC_SYSTEM: GRPC, RPC_METHOD: name, **self._server},
        )
        call.metadata = [pair for pair in call.metadata if pair[0] not in _OURS]
        call.metadata += inject(set_span_in_context(span, present))

        def end() -> None:
            code = call.code or grpc.StatusCode.UNKNOWN
            end_rpc(span, code, None if code is grpc.StatusCode.OK else code.name)

        return end
