"""Calls to `four_kinds` over a channel for asyncio."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc

from chassis.interceptors.call import Metadata, RpcKind
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Answer


def aio_start(
    channel: grpc.aio.Channel,
    kind: RpcKind,
    requests: Iterable[bytes] = (b"request",),
    timeout: float | None = 60.0,
    metadata: Metadata = (),
) -> Any:
    """Start the method of a kind. A method that takes one request gets the first."""
    path = f"/{SERVICE_NAME}/{METHODS[kind]}"
    untyped: Any = channel  # Without serializers, messages are bytes.
    options: dict[str, Any] = {"timeout": timeout, "metadata": tuple(metadata)}
    if kind is RpcKind.UNARY:
        return untyped.unary_unary(path)(next(iter(requests)), **options)
    if kind is RpcKind.CLIENT_STREAM:
        return untyped.stream_unary(path)(_each(requests), **options)
    if kind is RpcKind.SERVER_STREAM:
        return untyped.unary_stream(path)(next(iter(requests)), **options)
    return untyped.stream_stream(path)(_each(requests), **options)


async def aio_ask(
    channel: grpc.aio.Channel,
    kind: RpcKind,
    requests: Iterable[bytes] = (b"request",),
    timeout: float | None = 60.0,
    metadata: Metadata = (),
) -> Answer:
    """Call the method of a kind to its end."""
    call = aio_start(channel, kind, requests, timeout, metadata)
    responses: list[bytes] = []
    try:
        if kind.response_streaming:
            async for response in call:
                responses.append(response)
        else:
            responses.append(await call)
    except grpc.RpcError:
        pass  # The call says all about it.
    trailing = tuple((key, value) for key, value in await call.trailing_metadata() or ())
    return Answer(tuple(responses), await call.code(), await call.details(), trailing)


async def _each(requests: Iterable[bytes]) -> AsyncIterator[bytes]:
    for request in requests:
        yield request
