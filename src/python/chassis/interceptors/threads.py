"""Interceptors on a server with a thread pool."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NoReturn

import grpc

from chassis.interceptors.admission import Admission, overloaded
from chassis.interceptors.call import Ending, Refused, RpcKind, ServerCall, Status
from chassis.interceptors.chain import Chain, Ended, Interceptor, internal_error
from chassis.interceptors.context import (
    REQUEST_ID,
    add_trailing_metadata,
    call_of,
    new_request_id,
)
from chassis.interceptors.methods import UNIMPLEMENTED, Method, behavior_of, handler_of
from chassis.interceptors.outcome import note_exit
from chassis.reserve import OnReserve, has_own_pool, keep_pool

_OK = grpc.StatusCode.OK
_OVERLOADED = overloaded()
_NO_MORE: Any = object()


class ThreadsAdapter(grpc.ServerInterceptor):
    """Runs a chain of interceptors around the calls of a `grpc.server`: all of one chain in one go.

    Calls of all four kinds pass through it, those of methods that do not exist among them, and
    those that are refused on arrival.

    reserve: the threads that refuse, when all others have enough to do.
    handling: is one longer while a thread handles a call rather than waits for its client.
    """

    def __init__(
        self,
        interceptors: Sequence[Interceptor],
        admission: Admission,
        reserve: ThreadPoolExecutor,
        handling: deque[None],
        new_id: Callable[[], str] = new_request_id,
    ) -> None:
        self._chain = Chain(interceptors)
        self._admission = admission
        self._reserve = reserve
        self._handling = handling
        self._new_id = new_id
        self._by_path: dict[str, _Wrapped] = {}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """See `grpc.ServerInterceptor`."""
        path = handler_call_details.method
        handler = continuation(handler_call_details)
        if handler is None:
            return handler_of(
                RpcKind.BIDI_STREAM, self._refusing(Method.unknown(path), UNIMPLEMENTED)
            )
        # The same handler comes for a method each time, so it is wrapped once.
        wrapped = self._by_path.get(path)
        if wrapped is None or wrapped.original is not handler:
            wrapped = self._by_path[path] = self._wrap(path, handler)
        return wrapped.refusal if self._admission.refuses(path) else wrapped.handler

    def _wrap(self, path: str, handler: Any) -> "_Wrapped":
        method = Method.of(path, handler)
        serving = self._streaming if method.kind.response_streaming else self._answering
        wrapped = handler_of(method.kind, serving(method, behavior_of(handler)))
        refusal = OnReserve(self._refusing(method, _OVERLOADED), self._reserve)
        return _Wrapped(
            handler, keep_pool(handler, wrapped), handler_of(RpcKind.BIDI_STREAM, refusal)
        )

    def _answering(self, method: Method, behavior: Callable[[Any, Any], Any]) -> Any:
        """Make what serves calls of a method that answers once.

        Little is shared with streams: each function more costs a busy server some of its calls.
        """
        begin, end, new_id = self._chain.begin, self._chain.end, self._new_id
        streams = method.kind.request_streaming
        decode, encode = _decoder(method), method.encode
        handling = self._handling_of(behavior)

        def serve(request: Any, context: Any) -> bytes:
            handling.append(None)
            call = call_of(context, method, new_id)
            to_end: list[Ended] = []
            try:
                begin(call, to_end)
                try:
                    if streams:
                        request = _counted(call, _awaited(request, handling))
                    response = encode(behavior(decode(request), context))
                except BaseException as error:
                    note_exit(call, context, _EXITS, error)
                    raise
                if context.code() is None and context.is_active():
                    call.ending, call.code = Ending.RETURNED, _OK
                else:
                    note_exit(call, context, _EXITS, None)
                add_trailing_metadata(context, (REQUEST_ID, call.request_id))
            except BaseException as error:
                _end_badly(call, context, end(to_end, error) or error)
            finally:
                handling.pop()
            if (failure := end(to_end, None)) is not None:
                _end_badly(call, context, failure)
            return response

        return serve

    def _streaming(self, method: Method, behavior: Callable[[Any, Any], Any]) -> Any:
        streams = method.kind.request_streaming
        decode = _decoder(method)
        handling = self._handling_of(behavior)

        def serve(request: Any, context: Any) -> Iterator[bytes]:
            handling.append(None)
            call = call_of(context, method, self._new_id)
            try:
                with self._chain.around(call, partial(note_exit, call, context, _EXITS)):
                    if streams:
                        request = _counted(call, _awaited(request, handling))
                    responses = behavior(decode(request), context)
                    try:
                        for response in responses:
                            encoded = method.encode(response)
                            call.sent += 1
                            handling.pop()
                            try:
                                yield encoded
                            finally:
                                handling.append(None)
                    finally:
                        if isinstance(responses, Generator):
                            responses.close()
                    add_trailing_metadata(context, (REQUEST_ID, call.request_id))
            except BaseException as error:
                # A generator that is closed because its client is gone must end quietly.
                if context.is_active():
                    _end_badly(call, context, error)
            finally:
                handling.pop()

        return serve

    def _handling_of(self, behavior: Any) -> deque[None]:
        """Give what notes that a call is handled; those on threads of their own count apart."""
        return deque() if has_own_pool(behavior) else self._handling

    def _refusing(self, method: Method, status: Status) -> Any:
        """Make what refuses a call of any kind, unread, as if it streamed."""

        def refuse(_: Any, context: Any) -> NoReturn:
            call = call_of(context, method, self._new_id)
            try:
                with self._chain.around(call, partial(note_exit, call, context, _EXITS)):
                    raise Refused(status)
            except BaseException as error:
                _end_badly(call, context, error)

        return refuse


class _Wrapped:
    """A handler of the server's, what stands for it, and what refuses its calls."""

    __slots__ = ("handler", "original", "refusal")

    def __init__(self, original: Any, handler: Any, refusal: Any) -> None:
        self.original = original
        self.handler = handler
        self.refusal = refusal


def _awaited(requests: Iterator[Any], handling: deque[None]) -> Iterator[Any]:
    """Give the requests of a stream; meanwhile the thread waits for its client."""
    while True:
        handling.pop()
        try:
            request = next(requests, _NO_MORE)
        finally:
            handling.append(None)
        if request is _NO_MORE:
            return
        yield request


def _decoder(method: Method) -> Callable[[Any], Any]:
    return partial(map, method.decode) if method.kind.request_streaming else method.decode


def _counted(call: ServerCall, requests: Iterator[bytes]) -> Iterator[bytes]:
    for request in requests:
        call.received += 1
        yield request


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


def _end_badly(call: ServerCall, context: Any, error: BaseException) -> NoReturn:
    """Send the status of a call that raised, by an exception in turn, unless it is sent anyway."""
    identity = (REQUEST_ID, call.request_id)
    if call.ending is Ending.ABORTED and call.reply is None:
        add_trailing_metadata(context, identity)
        raise error
    reply = call.reply or internal_error(call.request_id)
    add_trailing_metadata(context, *reply.metadata, identity)
    context.abort(reply.code, reply.details)
    raise error  # Not reached.
