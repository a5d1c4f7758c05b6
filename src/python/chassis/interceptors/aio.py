"""Interceptors on a server with an event loop."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Generator, Sequence
from inspect import isawaitable
from typing import Any

import grpc
from grpc_interceptor.server import AsyncServerInterceptor

from chassis.interceptors.admission import Admission, overloaded
from chassis.interceptors.call import Ending, Metadata, ServerCall
from chassis.interceptors.chain import Chain, Interceptor, internal_error
from chassis.interceptors.context import REQUEST_ID, call_of, new_request_id
from chassis.interceptors.methods import Method, Methods, refusing, unimplemented
from chassis.interceptors.outcome import Outcome


class AsyncioAdapter(AsyncServerInterceptor):
    """Runs a chain of interceptors around the calls of a `grpc.aio.server`.

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
        self._admission = Admission(max_calls, lambda: self._in_flight, exempt)
        self._refuse = refusing(overloaded())
        self._new_id = new_id
        self._methods = Methods()
        self._wrapped: dict[str, tuple[Any, Any]] = {}

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """See `grpc.aio.ServerInterceptor`."""
        path = handler_call_details.method
        handler = await continuation(handler_call_details)
        if handler is None:
            return await self._wrap(unimplemented(), handler_call_details)
        # The same handler comes for a method each time, so it is wrapped once.
        original, wrapped = self._wrapped.get(path, (None, None))
        if original is not handler:
            wrapped = await self._wrap(self._methods.learn(path, handler), handler_call_details)
            self._wrapped[path] = (handler, wrapped)
        return wrapped

    async def _wrap(self, handler: Any, handler_call_details: Any) -> Any:
        async def found(_: Any) -> Any:
            return handler

        wrap: Callable[..., Any] = super().intercept_service
        return await wrap(found, handler_call_details)

    async def intercept(
        self, method: Callable[..., Any], request_or_iterator: Any, context: Any, method_name: str
    ) -> Any:
        """See `grpc_interceptor.server.AsyncServerInterceptor`."""
        if self._admission.is_exempt(method_name):
            return await self._serve(method, request_or_iterator, context, method_name)
        if self._admission.refuses(method_name):
            method = self._refuse
        self._in_flight += 1
        try:
            return await self._serve(method, request_or_iterator, context, method_name)
        finally:
            self._in_flight -= 1

    async def _serve(
        self, method: Callable[..., Any], request_or_iterator: Any, context: Any, method_name: str
    ) -> Any:
        target = self._methods.at(method_name)
        call = call_of(context, target, self._new_id)
        identity = (REQUEST_ID, call.request_id)
        context.set_trailing_metadata((identity,))
        seen = _SeenContext(context, target, identity)
        try:
            with self._chain.around(call), Outcome(call, context, seen):
                result = method(_decoded(target, request_or_iterator), seen)
                if isawaitable(result):
                    result = await result
                if not target.kind.response_streaming:
                    return target.encode(result)
                if result is not None:
                    # Written rather than handed on: so a cancellation arrives here, and at once.
                    await _write(result, seen)
                return None
        except BaseException:
            await _answer(call, context)
            raise


def _decoded(target: Method, request: Any) -> Any:
    if target.kind.request_streaming:
        return _decoded_stream(target, request)
    return target.decode(request)


async def _decoded_stream(target: Method, requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    async for request in requests:
        yield target.decode(request)


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


async def _answer(call: ServerCall, context: Any) -> None:
    """Send the status of a call that raised, by an exception in turn, unless it needs none."""
    if call.ending is Ending.ABANDONED or (call.ending is Ending.ABORTED and call.reply is None):
        return
    reply = call.reply or internal_error(call.request_id)
    trailing = (*context.trailing_metadata(), *reply.metadata)
    await context.abort(reply.code, reply.details, trailing)


class _SeenContext:
    """What a servicer gets as its context: it keeps the request id, and notices an abort.

    On asyncio an abort is sent at once, so the id cannot be added to the trailing metadata
    afterwards; and once it is sent, the handler may be cancelled. See also `Exits`.
    """

    __slots__ = ("_aborted", "_context", "_identity", "_target")

    def __init__(self, context: Any, target: Method, identity: tuple[str, str]) -> None:
        self._context = context
        self._target = target
        self._identity = identity
        self._aborted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def read(self) -> Any:
        request = await self._context.read()
        return request if request is grpc.aio.EOF else self._target.decode(request)

    async def write(self, message: Any) -> None:
        await self._context.write(self._target.encode(message))

    def set_trailing_metadata(self, trailing_metadata: Metadata) -> None:
        self._context.set_trailing_metadata((*trailing_metadata, self._identity))

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Metadata = ()
    ) -> None:
        self._aborted = True
        added = (*trailing_metadata, self._identity) if trailing_metadata else ()
        await self._context.abort(code, details, added)

    async def abort_with_status(self, status: grpc.Status) -> None:
        await self.abort(status.code, status.details, tuple(status.trailing_metadata or ()))

    def is_gone(self, _: Any, error: BaseException | None) -> bool:
        return isinstance(error, asyncio.CancelledError) and not self._aborted

    def is_abort(self, _: BaseException) -> bool:
        return self._aborted
