"""What an adapter knows of a server's methods."""

from collections.abc import Callable
from typing import Any

import grpc
from msgspec import Struct

from chassis.interceptors.call import Refused, RpcKind, Status

UNIMPLEMENTED = Status(grpc.StatusCode.UNIMPLEMENTED, "no such method")
# INTERNAL, as gRPC's own documents have it for what cannot be parsed.
_UNDECODABLE = Status(grpc.StatusCode.INTERNAL, "the request cannot be decoded")
# Of a method that does not exist, the client can send as much name as it likes.
_MAX_PATH = 256


def _as_it_is(message: Any) -> Any:
    return message


class Method(Struct, frozen=True):
    """A method, and how its messages become bytes.

    The adapter does that itself, around the servicer and within the interceptors: left to gRPC, a
    failure would pass them by, and on asyncio its text would reach the client.
    """

    service: str
    name: str
    kind: RpcKind
    known: bool
    deserialize: Callable[[bytes], Any] = _as_it_is
    encode: Callable[[Any], bytes] = _as_it_is

    @staticmethod
    def of(path: str, handler: Any) -> "Method":
        """Give the method at "/package.Service/Method" that a handler handles."""
        kind = RpcKind.of(
            request_streaming=handler.request_streaming,
            response_streaming=handler.response_streaming,
        )
        return Method(
            *_names(path),
            kind,
            True,
            handler.request_deserializer or _as_it_is,
            handler.response_serializer or _as_it_is,
        )

    @staticmethod
    def unknown(path: str) -> "Method":
        """Give a method that does not exist."""
        return Method(*_names(path), RpcKind.BIDI_STREAM, False)

    def decode(self, request: bytes) -> Any:
        """Make a message of bytes. Raises Refused for bytes that are none."""
        try:
            return self.deserialize(request)
        except Exception:
            raise Refused(_UNDECODABLE) from None


def _names(path: str) -> tuple[str, str]:
    service, _, name = path[:_MAX_PATH].removeprefix("/").rpartition("/")
    return service, name


def behavior_of(handler: Any) -> Any:
    """Give what a handler of any kind calls: a function of request, or requests, and context."""
    return (
        handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    )


def handler_of(kind: RpcKind, behavior: Callable[[Any, Any], Any]) -> Any:
    """Make a handler of bytes."""
    return _FACTORIES[kind](behavior)


_FACTORIES: dict[RpcKind, Callable[..., Any]] = {
    RpcKind.UNARY: grpc.unary_unary_rpc_method_handler,
    RpcKind.CLIENT_STREAM: grpc.stream_unary_rpc_method_handler,
    RpcKind.SERVER_STREAM: grpc.unary_stream_rpc_method_handler,
    RpcKind.BIDI_STREAM: grpc.stream_stream_rpc_method_handler,
}
