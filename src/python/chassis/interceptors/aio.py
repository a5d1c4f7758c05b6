"""Interceptors on a server with an event loop."""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Generator,
    Iterable,
    Sequence,
)
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from typing import Any, NoReturn

import grpc

from chassis.interceptors.admission import Exempt, overloaded
from chassis.interceptors.aio_arrival import Arrival, InFlight
from chassis.interceptors.call import Ending, Metadata, Refused, RpcKind, ServerCall, Status
from chassis.interceptors.chain import Chain, Ended, Interceptor, internal_error
from chassis.interceptors.context import REQUEST_ID, call_of, new_request_id
from chassis.interceptors.methods import UNIMPLEMENTED, Method, behavior_of, handler_of
from chassis.interceptors.outcome import note_exit

_OK = grpc.StatusCode.OK
_OVERLOADED = overloaded()

_arrived: ContextVar[Arrival] = ContextVar("arrived")
# A call has a task, and with it a context, of its own before gRPC asks for its handler.


class AsyncioAdapter(grpc.GenericRpcHandler):
    """Runs a chain of interceptors around the calls of a `grpc.aio.server`.

    It is the one handler that the server knows, and has all others behind it: grpcio's own way for
    interceptors starts several coroutines for each call.

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
        self._in_flight = InFlight()
        self._max_calls = max_calls
        self._exempt = Exempt(exempt)
        self._new_id = new_id
        self._handlers: list[Any] = []
        self._by_path: dict[str, _Served] = {}

    def add(self, handlers: Iterable[Any]) -> None:
        """See `grpc.aio.Server.add_generic_rpc_handlers`. A method has one handler, for good."""
        self._handlers.extend(handlers)

    def service(self, handler_call_details: Any) -> Any:
        """See `grpc.GenericRpcHandler`."""
        path = handler_call_details.method
        served = self._by_path.get(path) or self._find(path, handler_call_details)
        refused = served.counts and self._in_flight.calls >= self._max_calls
        arrival = Arrival(handler_call_details.invocation_metadata, self._in_flight, served.counts)
        _arrived.set(arrival)
        if served.counts and (task := asyncio.current_task()):
            # gRPC may drop a call that never says what it asks for.
            task.add_done_callback(arrival.leave)
        return served.refusal if refused else served.handler

    def _find(self, path: str, details: Any) -> "_Served":
        found = (each.service(details) for each in self._handlers)
        handler = next((each for each in found if each is not None), None)
        counts = path not in self._exempt
        if handler is None:
            refusal = self._refusing(Method.unknown(path), UNIMPLEMENTED)
            return _Served(refusal, refusal, counts)
        method = Method.of(path, handler)
        serving = self._streaming if method.kind.response_streaming else self._answering
        wrapped = handler_of(method.kind, serving(method, behavior_of(handler)))
        served = _Served(wrapped, self._refusing(method, _OVERLOADED), counts)
        self._by_path[path] = served
        return served

    def _refusing(self, method: Method, status: Status) -> Any:
        """Make what refuses a call of any kind, unread, as if it streamed."""

        def refuse(_: Any, __: Any) -> Any:
            raise Refused(status)

        unread = replace(method, deserialize=lambda requests: requests)
        return handler_of(RpcKind.BIDI_STREAM, self._streaming(unread, refuse))

    def _answering(self, method: Method, behavior: Callable[[Any, Any], Any]) -> Any:
        """Make what serves calls of a method that answers once.

        Little is shared with streams: each function more costs a busy server some of its calls.
        """
        begin, end, new_id = self._chain.begin, self._chain.end, self._new_id
        streams = method.kind.request_streaming
        decode, encode = _decoder(method), method.encode
        is_coroutine = iscoroutinefunction(behavior)

        async def serve(request: Any, context: Any) -> bytes:
            arrival = _arrived.get()
            call = call_of(context, method, new_id, arrival.metadata)
            context.set_trailing_metadata(((REQUEST_ID, call.request_id),))
            seen = _SeenContext(context, method, call)
            to_end: list[Ended] = []
            try:
                begin(call, to_end)
                try:
                    if streams:
                        request = _counted(call, request)
                    result = behavior(decode(request), seen)
                    if is_coroutine or isawaitable(result):
                        result = await result
                    response = encode(result)
                except BaseException as error:
                    note_exit(call, context, seen, error)
                    raise
                if context.code() is None:
                    call.ending, call.code = Ending.RETURNED, _OK
                else:
                    note_exit(call, context, seen, None)
            except BaseException as error:
                await _end_badly(call, context, end(to_end, error) or error)
            finally:
                arrival.leave()
            if (failure := end(to_end, None)) is not None:
                await _end_badly(call, context, failure)
            return response

        return serve

    def _streaming(self, method: Method, behavior: Callable[[Any, Any], Any]) -> Any:
        streams = method.kind.request_streaming
        decode = _decoder(method)

        async def serve(request: Any, context: Any) -> None:
            arrival = _arrived.get()
            call = call_of(context, method, self._new_id, arrival.metadata)
            context.set_trailing_metadata(((REQUEST_ID, call.request_id),))
            seen = _SeenContext(context, method, call)
            try:
                with self._chain.around(call, partial(note_exit, call, context, seen)):
                    if streams:
                        request = _counted(call, request)
                    result = behavior(decode(request), seen)
                    if isawaitable(result):
                        result = await result
                    if result is not None:
                        # Written rather than handed on: so a cancellation arrives here, at once.
                        await _write(result, seen)
            except BaseException as error:
                await _end_badly(call, context, error)
            finally:
                arrival.leave()

        return serve


class _Served:
    """What handles calls of a method, what refuses them, and whether they count."""

    __slots__ = ("counts", "handler", "refusal")

    def __init__(self, handler: Any, refusal: Any, counts: bool) -> None:
        self.handler = handler
        self.refusal = refusal
        self.counts = counts


def _decoder(method: Method) -> Callable[[Any], Any]:
    return partial(_decoded, method) if method.kind.request_streaming else method.decode


async def _decoded(method: Method, requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    async for request in requests:
        yield method.decode(request)


async def _counted(call: ServerCall, requests: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for request in requests:
        call.received += 1
        yield request


async def _write(responses: Any, context: "_SeenContext") -> None:
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


async def _end_badly(call: ServerCall, context: Any, error: BaseException) -> NoReturn:
    """Send the status of a call that raised, by an exception in turn, unless it needs none."""
    if call.ending is Ending.ABANDONED or (call.ending is Ending.ABORTED and call.reply is None):
        raise error
    reply = call.reply or internal_error(call.request_id)
    trailing = (*context.trailing_metadata(), *reply.metadata)
    await context.abort(reply.code, reply.details, trailing)
    raise error  # Not reached.


class _SeenContext:
    """What a servicer gets as its context: it keeps the request id, and notices an abort.

    On asyncio an abort is sent at once, so the id cannot be added to the trailing metadata
    afterwards; and once it is sent, the handler may be cancelled. See also `Exits`.
    """

    _aborted = False

    def __init__(self, context: Any, method: Method, call: ServerCall) -> None:
        self._context = context
        self._method = method
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def read(self) -> Any:
        request = await self._context.read()
        if request is grpc.aio.EOF:
            return request
        self._call.received += 1
        return self._method.decode(request)

    async def write(self, message: Any) -> None:
        encoded = self._method.encode(message)
        self._call.sent += 1
        await self._context.write(encoded)

    def set_trailing_metadata(self, trailing_metadata: Metadata) -> None:
        identity = (REQUEST_ID, self._call.request_id)
        self._context.set_trailing_metadata((*trailing_metadata, identity))

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Metadata = ()
    ) -> None:
        self._aborted = True
        identity = (REQUEST_ID, self._call.request_id)
        added = (*trailing_metadata, identity) if trailing_metadata else ()
        await self._context.abort(code, details, added)

    async def abort_with_status(self, status: grpc.Status) -> None:
        await self.abort(status.code, status.details, tuple(status.trailing_metadata or ()))

    def is_gone(self, _: Any, error: BaseException | None) -> bool:
        return isinstance(error, asyncio.CancelledError) and not self._aborted

    def is_abort(self, _: BaseException) -> bool:
        return self._aborted
