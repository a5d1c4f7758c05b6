"""What all our spans have in common: names of attributes, and what becomes of a span meanwhile.

Names are those of OpenTelemetry's semantic conventions: HTTP as it is stable, RPC as it is a
candidate for that (1.39). Spans never hold the text of an exception, nor anything of a request's or
a response's content: those who see traces are not those who may see that.
"""

from contextvars import Token

import grpc
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, set_span_in_context
from opentelemetry.trace.status import Status, StatusCode
from structlog.contextvars import bind_contextvars, unbind_contextvars

ERROR_TYPE = "error.type"
RPC_METHOD = "rpc.method"
RPC_STATUS = "rpc.response.status_code"
RPC_SYSTEM = "rpc.system.name"
GRPC = "grpc"
OTHER = "_OTHER"
"""What stands for a method that is not known: its name is for the caller to invent."""

_FAILED = Status(StatusCode.ERROR)


def enter(span: Span, context: Context) -> Token[Context]:
    """Make a span the present one, there and in the log; give what `leave` takes.

    Lines of the log tell of a trace only if it is recorded: nobody is to look for it in vain.
    """
    about = span.get_span_context()
    if about.trace_flags.sampled:
        bind_contextvars(trace_id=f"{about.trace_id:032x}", span_id=f"{about.span_id:016x}")
    return attach(set_span_in_context(span, context))


def leave(entered: Token[Context]) -> None:
    """Make what was present before `enter` present again, where the context goes on."""
    detach(entered)
    unbind_contextvars("trace_id", "span_id")


def end_rpc(span: Span, code: grpc.StatusCode, error_type: str | None) -> None:
    """End the span of a call. error_type: None if it went well, or at least as it should."""
    span.set_attribute(RPC_STATUS, code.name)
    if error_type is not None:
        fail(span, error_type)
    span.end()


def fail(span: Span, error_type: str) -> None:
    """Say that something went wrong, by its class or code alone."""
    span.set_attribute(ERROR_TYPE, error_type)
    span.set_status(_FAILED)
