"""Interceptors on a server with a thread pool."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_interceptor import ServerInterceptor

from chassis.interceptors.admission import Admission, overloaded
from chassis.interceptors.call import Ending, Refused, ServerCall
from chassis.interceptors.chain import Chain, Interceptor, internal_error
from chassis.interceptors.context import (
    REQUEST_ID,
    add_trailing_metadata,
    call_of,
    new_request_id,
)
from chassis.interceptors.methods import Method, Methods, refusing, unimplemented
from chassis.interceptors.outcome import Outcome
from chassis.reserve import OnReserve, keep_pool


class ThreadsAdapter(ServerInterceptor):
    """Runs a chain of interceptors around the calls of a `grpc.server`: all of one chain in one go.

    Calls of all four kinds pass through it, those of methods that do not exist among them, and
    those that are refused on arrival.

    reserve: the threads that refuse, when all others have enough to do.
    """

    def __init__(
        self,
        interceptors: Sequence[Interceptor],
        admission: Admission,
        reserve: ThreadPoolExecutor,
        new_id: Callable[[], str] = new_request_id,
    ) -> None:
        self._chain = Chain(interceptors)
        self._admission = admission
        self._refusal: Any = grpc.stream_stream_rpc_method_handler(
            OnReserve(refusing(overloaded()), reserve)
        )
        self._new_id = new_id
        self._methods = Methods()
        self._wrapped: dict[str, tuple[Any, Any]] = {}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """See `grpc.ServerInterceptor`."""
        path = handler_call_details.method
        handler = continuation(handler_call_details)
        if handler is None:
            return self._wrap(unimplemented(), handler_call_details)
        # The same handler comes for a method each time, so it is wrapped once.
        original, wrapped = self._wrapped.get(path, (None, None))
        if original is not handler:
            wrapped = self._wrap(self._methods.learn(path, handler), handler_call_details)
            self._wrapped[path] = (handler, wrapped)
        if self._admission.refuses(path):
            return self._wrap(self._refusal, handler_call_details)
        return wrapped

    def _wrap(self, handler: Any, handler_call_details: Any) -> Any:
        wrap: Callable[..., Any] = super().intercept_service
        return keep_pool(handler, wrap(lambda _: handler, handler_call_details))

    def intercept(
        self, method: Callable[..., Any], request_or_iterator: Any, context: Any, method_name: str
    ) -> Any:
        """See `grpc_interceptor.ServerInterceptor`."""
        target = self._methods.at(method_name)
        call = call_of(context, target, self._new_id)
        serve = self._stream if target.kind.response_streaming else self._unary
        return serve(call, target, method, request_or_iterator, context)

    def _unary(
        self,
        call: ServerCall,
        target: Method,
        method: Callable[..., Any],
        request: Any,
        context: Any,
    ) -> bytes:
        try:
            with self._chain.around(call), Outcome(call, context, _EXITS):
                response = target.encode(method(_decoded(target, request), context))
                add_trailing_metadata(context, ((REQUEST_ID, call.request_id),))
                return response
        except BaseException:
            _answer(call, context)
            raise

    def _stream(
        self,
        call: ServerCall,
        target: Method,
        method: Callable[..., Any],
        request: Any,
        context: Any,
    ) -> Iterator[bytes]:
        try:
            with self._chain.around(call), Outcome(call, context, _EXITS):
                responses = method(_decoded(target, request), context)
                try:
                    for response in responses:
                        yield target.encode(response)
                finally:
                    if isinstance(responses, Generator):
                        responses.close()
                add_trailing_metadata(context, ((REQUEST_ID, call.request_id),))
        except BaseException:
            # A generator that is closed because its client is gone must end quietly.
            if context.is_active():
                _answer(call, context)
                raise


def _decoded(target: Method, request: Any) -> Any:
    if target.kind.request_streaming:
        return map(target.decode, request)
    return target.decode(request)


class _ThreadExits:
    """See `Exits`."""

    def is_gone(self, context: Any, error: BaseException | None) -> bool:
        if context.is_active():
            return False
        # What gRPC raises in a servicer whose client is gone, what closes an unread generator, and
        # a status that nobody will see.
        farewell = isinstance(error, grpc.RpcError | GeneratorExit | Refused)
        return error is None or farewell or self.is_abort(error)

    def is_abort(self, error: BaseException) -> bool:
        # What `context.abort` raises has no type of its own.
        return type(error) is Exception and not error.args


_EXITS = _ThreadExits()


def _answer(call: ServerCall, context: Any) -> None:
    """Send the status of a call that raised, by an exception in turn, unless it is sent anyway."""
    identity = (REQUEST_ID, call.request_id)
    if call.ending is Ending.ABORTED and call.reply is None:
        add_trailing_metadata(context, (identity,))
        return
    reply = call.reply or internal_error(call.request_id)
    add_trailing_metadata(context, (*reply.metadata, identity))
    context.abort(reply.code, reply.details)
