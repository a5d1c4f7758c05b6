"""A service with one method of each kind, so that an interceptor can be tried on all four.

Messages are bytes; nothing is generated.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from chassis.interceptors.call import Metadata, RpcKind
from chassis.service import Service
from chassis.testing.aio_body import on_threads

SERVICE_NAME = "chassis.testing.FourKinds"
METHODS = {
    RpcKind.UNARY: "Unary",
    RpcKind.CLIENT_STREAM: "ClientStream",
    RpcKind.SERVER_STREAM: "ServerStream",
    RpcKind.BIDI_STREAM: "BidiStream",
}

Body = Callable[[Iterator[bytes], Any], Iterator[bytes]]
"""What a method does, given requests and context, whatever its kind.

A method that answers once runs to its end and answers with the last response.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client saw of a call, whether it went well or not."""

    responses: tuple[bytes, ...]
    code: grpc.StatusCode
    details: str
    trailing_metadata: Metadata

    def trailing(self, key: str) -> list[str | bytes]:
        """Give the values of a key in the trailing metadata."""
        return [value for name, value in self.trailing_metadata if name == key]


def four_kinds(body: Body, deserialize: Callable[[bytes], Any] | None = None) -> Service:
    """Make the service, all of whose methods do the same. Good for both kinds of server."""

    def add(_: object, server: Any) -> None:
        handlers = _aio_handlers(body) if isinstance(server, grpc.aio.Server) else _handlers(body)
        if deserialize is not None:
            handlers = {
                name: handler._replace(request_deserializer=deserialize)
                for name, handler in handlers.items()
            }
        generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
        server.add_generic_rpc_handlers((generic,))

    return Service(SERVICE_NAME, body, add)


def _handlers(body: Body) -> dict[str, Any]:
    def unary(request: bytes, context: Any) -> bytes:
        return list(body(iter((request,)), context))[-1]

    def client_stream(requests: Iterator[bytes], context: Any) -> bytes:
        return list(body(requests, context))[-1]

    def server_stream(request: bytes, context: Any) -> Iterator[bytes]:
        return body(iter((request,)), context)

    return _by_method(unary, client_stream, server_stream, body)


def _aio_handlers(body: Body) -> dict[str, Any]:
    async def once(requests: Any, context: Any) -> bytes:
        async with aclosing(on_threads(body, requests, context)) as responses:
            return [response async for response in responses][-1]

    async def stream(requests: Any, context: Any) -> AsyncIterator[bytes]:
        async with aclosing(on_threads(body, requests, context)) as responses:
            async for response in responses:
                yield response

    return _by_method(once, once, stream, stream)


def _by_method(
    unary: Any, client_stream: Any, server_stream: Any, bidi_stream: Any
) -> dict[str, Any]:
    return {
        METHODS[RpcKind.UNARY]: grpc.unary_unary_rpc_method_handler(unary),
        METHODS[RpcKind.CLIENT_STREAM]: grpc.stream_unary_rpc_method_handler(client_stream),
        METHODS[RpcKind.SERVER_STREAM]: grpc.unary_stream_rpc_method_handler(server_stream),
        METHODS[RpcKind.BIDI_STREAM]: grpc.stream_stream_rpc_method_handler(bidi_stream),
    }


def start(
    channel: grpc.Channel,
    kind: RpcKind,
    requests: Iterable[bytes] = (b"request",),
    timeout: float | None = 60.0,
    metadata: Metadata = (),
) -> Any:
    """Start the method of a kind: gives what is both the call and, if it streams, its responses.

    A method that takes one request gets the first.
    """
    path = f"/{SERVICE_NAME}/{METHODS[kind]}"
    untyped: Any = channel  # Without serializers, messages are bytes.
    options: dict[str, Any] = {"timeout": timeout, "metadata": tuple(metadata)}
    if kind is RpcKind.UNARY:
        return untyped.unary_unary(path).future(next(iter(requests)), **options)
    if kind is RpcKind.CLIENT_STREAM:
        return untyped.stream_unary(path).future(iter(requests), **options)
    if kind is RpcKind.SERVER_STREAM:
        return untyped.unary_stream(path)(next(iter(requests)), **options)
    return untyped.stream_stream(path)(iter(requests), **options)


def ask(
    channel: grpc.Channel,
    kind: RpcKind,
    requests: Iterable[bytes] = (b"request",),
    timeout: float | None = 60.0,
    metadata: Metadata = (),
) -> Answer:
    """Call the method of a kind to its end."""
    call = start(channel, kind, requests, timeout, metadata)
    responses: list[bytes] = []
    try:
        if kind.response_streaming:
            responses.extend(call)
        else:
            responses.append(call.result())
    except grpc.RpcError:
        pass  # The call says all about it.
    trailing = tuple((key, value) for key, value in call.trailing_metadata() or ())
    return Answer(tuple(responses), call.code(), call.details(), trailing)
