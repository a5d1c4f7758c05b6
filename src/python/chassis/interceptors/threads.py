"""Interceptors on a server with a thread pool."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, NoReturn

import grpc
from grpc_interceptor import ServerInterceptor

from chassis.interceptors.call import Ending, RpcKind, ServerCall
from chassis.interceptors.chain import Chain, Interceptor, internal_error
from chassis.interceptors.context import (
    REQUEST_ID,
    add_trailing_metadata,
    call_of,
    code_set,
    details_set,
    new_request_id,
    time_left,
)
from chassis.reserve import keep_pool

_LATE = grpc.StatusCode.DEADLINE_EXCEEDED


class ThreadsAdapter(ServerInterceptor):
    """Runs a chain of interceptors around the calls of a `grpc.server`: all of one chain in one go.

    Calls of all four kinds pass through it, those of methods that do not exist among them.
    """

    def __init__(
        self, interceptors: Sequence[Interceptor], new_id: Callable[[], str] = new_request_id
    ) -> None:
        self._chain = Chain(interceptors)
        self._new_id = new_id
        self._kinds: dict[str, RpcKind] = {}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """See `grpc.ServerInterceptor`."""
        handler = continuation(handler_call_details)
        if handler is None:
            handler = grpc.stream_stream_rpc_method_handler(_unimplemented)
        else:
            self._kinds[handler_call_details.method] = RpcKind.of(
                request_streaming=handler.request_streaming,
                response_streaming=handler.response_streaming,
            )
        wrap: Callable[..., Any] = super().intercept_service
        return keep_pool(handler, wrap(lambda _: handler, handler_call_details))

    def intercept(
        self, method: Callable[..., Any], request_or_iterator: Any, context: Any, method_name: str
    ) -> Any:
        """See `grpc_interceptor.ServerInterceptor`."""
        kind = self._kinds.get(method_name)
        known = kind is not None
        kind = kind or RpcKind.BIDI_STREAM
        call = call_of(context, method_name, kind, known=known, new_id=self._new_id)
        serve = self._stream if kind.response_streaming else self._unary
        return serve(call, method, request_or_iterator, context)

    def _unary(
        self, call: ServerCall, method: Callable[..., Any], request: Any, context: Any
    ) -> Any:
        try:
            with self._chain.around(call), _Outcome(call, context):
                return method(request, context)
        except BaseException:
            _answer(call, context)
            raise

    def _stream(
        self, call: ServerCall, method: Callable[..., Any], request: Any, context: Any
    ) -> Iterator[Any]:
        try:
            with self._chain.around(call), _Outcome(call, context):
                yield from method(request, context)
        except BaseException:
            # A generator that is closed because its client is gone must end quietly.
            if context.is_active():
                _answer(call, context)
                raise


class _Outcome:
    """Notes, innermost of all, how the servicer's code was left."""

    __slots__ = ("_call", "_context")

    def __init__(self, call: ServerCall, context: Any) -> None:
        self._call = call
        self._context = context

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        call, context = self._call, self._context
        if not context.is_active() and (error is None or _is_farewell(error) or _is_abort(error)):
            call.ending = Ending.ABANDONED
            call.code = _LATE if time_left(context) == 0 else grpc.StatusCode.CANCELLED
            return
        call.code = code_set(context)
        call.details = details_set(context)
        if error is None:
            call.ending = Ending.RETURNED
            call.code = call.code or grpc.StatusCode.OK
            add_trailing_metadata(context, ((REQUEST_ID, call.request_id),))
        elif call.code is not None and _is_abort(error):
            call.ending = Ending.ABORTED
        else:
            call.ending = Ending.RAISED


def _is_farewell(error: BaseException) -> bool:
    # What gRPC raises in a servicer whose client is gone, and what closes an unread generator.
    return isinstance(error, grpc.RpcError | GeneratorExit)


def _is_abort(error: BaseException) -> bool:
    # What `context.abort` raises has no type of its own.
    return type(error) is Exception and not error.args


def _answer(call: ServerCall, context: Any) -> None:
    """Send the status of a call that raised, by an exception in turn, unless it is sent anyway."""
    identity = (REQUEST_ID, call.request_id)
    if call.ending is Ending.ABORTED and call.reply is None:
        add_trailing_metadata(context, (identity,))
        return
    reply = call.reply or internal_error(call.request_id)
    add_trailing_metadata(context, (*reply.metadata, identity))
    context.abort(reply.code, reply.details)


def _unimplemented(_: Iterator[Any], context: grpc.ServicerContext) -> NoReturn:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such method")
