"""Interceptors around the calls of a channel for asyncio."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import grpc

from chassis.interceptors.call import Refused, RpcKind
from chassis.interceptors.client import ClientCall, ClientChain, ClientInterceptor


def aio_interceptors(interceptors: Sequence[ClientInterceptor]) -> list[Any]:
    """Give what `grpc.aio` takes as the interceptors of a channel, the outermost first.

    gRPC sorts them by the kind of call, one kind each, so there is one for every kind.
    """
    if not interceptors:
        return []
    chain = ClientChain(interceptors)
    return [kind(chain) for kind in (_UnaryUnary, _UnaryStream, _StreamUnary, _StreamStream)]


class _Adapter:
    def __init__(self, chain: ClientChain) -> None:
        self._chain = chain

    async def _intercept(
        self, kind: RpcKind, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        call = ClientCall.to(details.method, kind, details.timeout, details.metadata)
        try:
            end = self._chain.begin(call)
        except Refused as refused:
            nothing = grpc.aio.Metadata()
            status = refused.status
            raise grpc.aio.AioRpcError(status.code, nothing, nothing, status.details) from None
        metadata = grpc.aio.Metadata(*call.metadata)
        try:
            made = await continuation(
                details._replace(timeout=call.timeout, metadata=metadata), request
            )
        except asyncio.CancelledError:
            end(grpc.StatusCode.CANCELLED)
            raise
        except BaseException:
            end(grpc.StatusCode.UNKNOWN)
            raise
        made.add_done_callback(lambda done: end(_code(done)))
        return made


def _code(done: Any) -> grpc.StatusCode:
    """Give the code of a call that is done. It is asked by a coroutine, which need not wait."""
    code = grpc.StatusCode.UNKNOWN
    try:
        done.code().send(None)
    except StopIteration as answer:
        code = answer.value
    return code


class _UnaryUnary(_Adapter, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return await self._intercept(RpcKind.UNARY, continuation, details, request)


class _UnaryStream(_Adapter, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return await self._intercept(RpcKind.SERVER_STREAM, continuation, details, request)


class _StreamUnary(_Adapter, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return await self._intercept(RpcKind.CLIENT_STREAM, continuation, details, request)


class _StreamStream(_Adapter, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return await self._intercept(RpcKind.BIDI_STREAM, continuation, details, request)
