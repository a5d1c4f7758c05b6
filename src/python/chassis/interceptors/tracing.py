"""A span for every call that arrives."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

import grpc
from opentelemetry.trace import SpanKind, Tracer

from chassis.interceptors.call import Ending, ServerCall
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

_NOTHING = nullcontext()


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

    def around(self, call: ServerCall) -> AbstractContextManager[None]:
        """See `Interceptor`."""
        return _NOTHING if call.service in self._quiet else _Span(call, self._tracer())


class _Span:
    __slots__ = ("_call", "_span", "_tracer")

    def __init__(self, call: ServerCall, tracer: Tracer) -> None:
        self._call = call
        self._tracer = tracer

    def __enter__(self) -> None:
        call = self._call
        name = f"{call.service}/{call.method}" if call.known else GRPC
        method = name if call.known else OTHER
        parent = extract(call.metadata)
        self._span = self._tracer.start_span(
            name,
            parent,
            SpanKind.SERVER,
            {RPC_SYSTEM: GRPC, RPC_METHOD: method},
        )
        # Not left again: the context ends with the call.
        enter(self._span, parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _: BaseException | None,
        __: TracebackType | None,
    ) -> None:
        code = self._call.code or grpc.StatusCode.INTERNAL
        error_type = None
        if code in _OUR_FAULT:
            raised = kind is not None and self._call.ending is Ending.RAISED
            error_type = kind.__name__ if kind is not None and raised else code.name
        end_rpc(self._span, code, error_type)
