"""Calls that last as long as a test likes, to a service whose methods are quick."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

SECONDS = 120.0


def connect(port: int, host: str = "127.0.0.1") -> grpc.Channel:
    """Open a channel with a connection of its own: of several processes, it reaches one."""
    return grpc.insecure_channel(f"{host}:{port}", [("grpc.use_local_subchannel_pool", 1)])


def health(channel: grpc.Channel, name: str = "") -> Any:
    """Give what grpc.health.v1 says of a service."""
    stub: Any = HealthStub(channel)
    return stub.Check(HealthCheckRequest(service=name), timeout=SECONDS).status


class OpenCall:
    """A stream of reflection that has been answered once, with a request to come."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._finish = threading.Event()
        stub: Any = ServerReflectionStub
        self._call = stub(channel).ServerReflectionInfo(self._requests(), timeout=SECONDS)
        next(self._call)

    def finish(self) -> int:
        """Send the last request; give how many responses came after the first."""
        self.let_go()
        return len(list(self._call))

    def let_go(self) -> None:
        """Send the last request."""
        self._finish.set()

    def code(self) -> grpc.StatusCode:
        """Wait for the end of the call and give its code."""
        code: grpc.StatusCode = self._call.code()
        return code

    def _requests(self) -> Iterator[ServerReflectionRequest]:
        yield ServerReflectionRequest(list_services="")
        self._finish.wait(SECONDS)
        yield ServerReflectionRequest(list_services="")


class LateCalls:
    """Calls of a unary method whose request comes late: slow ones, however quick the method is."""

    def __init__(self, path: str, request: bytes) -> None:
        self._path = path
        self._request = request
        self._send = threading.Event()

    def start(self, channel: grpc.Channel) -> Any:
        """Send a call's headers; give its future, whose result is bytes."""
        untyped: Any = channel
        return untyped.stream_unary(self._path).future(self._requests(), timeout=SECONDS)

    def send(self) -> None:
        """Let all of them have their request."""
        self._send.set()

    def _requests(self) -> Iterator[bytes]:
        self._send.wait(SECONDS)
        yield self._request
