"""What an adapter knows of a server's methods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from chassis.interceptors.call import Refused, RpcKind, Status

_UNIMPLEMENTED = Status(grpc.StatusCode.UNIMPLEMENTED, "no such method")
# INTERNAL, as gRPC's own documents have it for what cannot be parsed.
_UNDECODABLE = Status(grpc.StatusCode.INTERNAL, "the request cannot be decoded")
# Of a method that does not exist, the client can send as much name as it likes.
_MAX_PATH = 256


def _as_it_is(message: Any) -> Any:
    return message


@dataclass(frozen=True, slots=True)
class Method:
    """A method, and how its messages become bytes.

    The adapter does that itself, around the servicer and within the interceptors: left to gRPC, a
    failure would pass them by, and on asyncio its text would reach the client.
    """

    service: str
    name: str
    kind: RpcKind
    known: bool = True
    deserialize: Callable[[bytes], Any] = _as_it_is
    encode: Callable[[Any], bytes] = _as_it_is

    def decode(self, request: bytes) -> Any:
        """Make a message of bytes. Raises Refused for bytes that are none."""
        try:
            return self.deserialize(request)
        except Exception:
            raise Refused(_UNDECODABLE) from None


class Methods:
    """The methods that exist, learned as they are called."""

    def __init__(self) -> None:
        self._by_path: dict[str, Method] = {}

    def at(self, path: str) -> Method:
        """Give the method at "/package.Service/Method", which need not exist."""
        return self._by_path.get(path) or Method(
            *_names(path), kind=RpcKind.BIDI_STREAM, known=False
        )

    def learn(self, path: str, handler: Any) -> Any:
        """Note the method at a path; give its handler as one of bytes."""
        if path not in self._by_path:
            kind = RpcKind.of(
                request_streaming=handler.request_streaming,
                response_streaming=handler.response_streaming,
            )
            self._by_path[path] = Method(
                *_names(path),
                kind=kind,
                deserialize=handler.request_deserializer or _as_it_is,
                encode=handler.response_serializer or _as_it_is,
            )
        return handler._replace(request_deserializer=None, response_serializer=None)


def _names(path: str) -> tuple[str, str]:
    service, _, name = path[:_MAX_PATH].removeprefix("/").rpartition("/")
    return service, name


def refusing(status: Status) -> Callable[[Any, Any], Any]:
    """Make a method that ends every call with a status; good for all kinds, as if it streamed."""

    def refuse(_: Any, __: Any) -> Any:
        raise Refused(status)

    return refuse


def unimplemented() -> Any:
    """Make the handler of methods that do not exist, good for calls of whatever kind."""
    return grpc.stream_stream_rpc_method_handler(refusing(_UNIMPLEMENTED))
