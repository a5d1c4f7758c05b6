"""Interceptors on a server with an event loop."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Generator,
    Iterable,
    Sequence,
)
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from typing import Any, NamedTuple

import grpc

from chassis.aio.incoming_call import Handler, IncomingCall
from chassis.interceptors.admission import Exempt, overloaded
from chassis.interceptors.aio_context import AioContext
from chassis.interceptors.call import Ending, Refused, ServerCall, Status
from chassis.interceptors.chain import Chain, Ended, Interceptor, internal_error
from chassis.interceptors.context import call_of, new_request_id
from chassis.interceptors.methods import UNIMPLEMENTED, Method, behavior_of
from chassis.interceptors.outcome import note_exit

_OK = grpc.StatusCode.OK
_OVERLOADED = overloaded()

Serve = Callable[[IncomingCall, bytes | None], Awaitable[None]]


class AsyncioAdapter:
    """Runs a chain of interceptors around the calls of a `LoopServer`, whose `Routes` it is.

    Servicers may be coroutines or, if they never block, plain functions; streams may be
    asynchronous generators, plain ones, or coroutines that write.

    max_calls: how many may be in flight; more are refused on arrival.
    exempt: services whose calls are neither counted nor refused.
    """

    def __init__(
        self,
        interceptors: Sequence[Interceptor],
        max_calls: int,
        exempt: Collection[str] = (),
        new_id: Callable[[], str] = new_request_id,
    ) -> None:
        self._chain = Chain(interceptors)
        self._in_flight = 0
        self._max_calls = max_calls
        self._exempt = Exempt(exempt)
        self._new_id = new_id
        self._handlers: list[Any] = []
        self._by_path: dict[str, _Served] = {}

    def add(self, handlers: Iterable[Any]) -> None:
        """See `Routes`. A method has one handler, for good."""
        self._handlers.extend(handlers)

    def find(self, call: IncomingCall) -> Handler:
        """See `Routes`. Counts the call, whether or not it ever says what it asks for."""
        served = self._by_path.get(call.path) or self._find(call)
        if not served.counts:
            return served.handler
        is_refused = self._in_flight >= self._max_calls
        self._in_flight += 1
        call.leave = self._leave
        return served.refusal if is_refused else served.handler

    def _leave(self) -> None:
        self._in_flight -= 1

    def _find(self, call: IncomingCall) -> "_Served":
        path = call.path
        details = _CallDetails(path, call.invocation_metadata())
        found = (each.service(details) for each in self._handlers)
        handler = next((each for each in found if each is not None), None)
        counts = path not in self._exempt
        if handler is None:
            refusal = self._refusing(Method.unknown(path), UNIMPLEMENTED)
            return _Served(refusal, refusal, counts)
        method = Method.of(path, handler)
        serving = self._streaming if method.kind.response_streaming else self._answering
        served = _Served(
            Handler(not method.kind.request_streaming, serving(method, behavior_of(handler))),
            self._refusing(method, _OVERLOADED),
            counts,
        )
        self._by_path[path] = served
        return served

    def _refusing(self, method: Method, status: Status) -> Handler:
        """Make what refuses a call of any kind, unread."""

        async def serve(incoming: IncomingCall, _: bytes | None) -> None:
            call = call_of(incoming, method, self._new_id)
            context = AioContext(incoming, method, call)
            try:
                with self._chain.around(call, partial(note_exit, call, context, context)):
                    raise Refused(status)
            except BaseException:
                _end_badly(call)
            context.finish(None)

        return Handler(False, serve)

    def _answering(self, method: Method, behavior: Callable[[Any, Any], Any]) -> Serve:
        """Make what serves calls of a method that answers once.

        Little is shared with streams: each function more costs a busy server some of its calls.
        """
        begin, end, new_id = self._chain.begin, self._chain.end, self._new_id
        streams, encode = method.kind.request_streaming, method.encode
        is_coroutine = iscoroutinefunction(behavior)

        async def serve(incoming: IncomingCall, request: bytes | None) -> None:
            call = call_of(incoming, method, new_id)
            context = AioContext(incoming, method, call)
            to_end: list[Ended] = []
            response = None
            try:
                begin(call, to_end)
                try:
                    question = context.requests() if streams else method.decode(request or b"")
                    result = behavior(question, context)
                    if is_coroutine or isawaitable(result):
                        result = await result
                    response = encode(result)
                except BaseException as error:
                    note_exit(call, context, context, error)
                    raise
                if context.code() is None and not incoming.is_cancelled:
                    call.ending, call.code = Ending.RETURNED, _OK
                else:
                    note_exit(call, context, context, None)
            except BaseException as error:
                end(to_end, error)
                _end_badly(call)
            else:
                if end(to_end, None) is not None:
                    _end_badly(call)
            context.finish(response)

        return serve

    def _streaming(self, method: Method, behavior: Callable[[Any, Any], Any]) -> Serve:
        streams = method.kind.request_streaming

        async def serve(incoming: IncomingCall, request: bytes | None) -> None:
            call = call_of(incoming, method, self._new_id)
            context = AioContext(incoming, method, call)
            try:
                with self._chain.around(call, partial(note_exit, call, context, context)):
                    question = context.requests() if streams else method.decode(request or b"")
                    result = behavior(question, context)
                    if isawaitable(result):
                        result = await result
                    if result is not None:
                        await _write(result, context)
            except BaseException:
                _end_badly(call)
            context.finish(None)

        return serve


class _CallDetails(NamedTuple):
    """See `grpc.HandlerCallDetails`."""

    method: str
    invocation_metadata: Any


class _Served(NamedTuple):
    """What handles calls of a method, what refuses them, and whether they count."""

    handler: Handler
    refusal: Handler
    counts: bool


async def _write(responses: Any, context: AioContext) -> None:
    """Write a stream of either kind, and close it whatever happens."""
    try:
        if isinstance(responses, AsyncIterator):
            async for response in responses:
                await context.write(response)
        else:
            for response in responses:
                await context.write(response)
    finally:
        if isinstance(responses, AsyncGenerator):
            await responses.aclose()
        elif isinstance(responses, Generator):
            responses.close()


def _end_badly(call: ServerCall) -> None:
    """See that a call that raised has a status, if its client is there to see it."""
    if call.reply is None and call.ending not in (Ending.ABANDONED, Ending.ABORTED):
        call.answer(internal_error(call.request_id))
