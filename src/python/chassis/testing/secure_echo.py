"""Servers of both of gRPC's kinds that answer every call with its request, for trying TLS."""

import asyncio
import enum
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import grpc.aio

HOST = "127.0.0.1"
PATH = "/chassis.testing.Echo/Echo"
_SECONDS = 60.0

Answer = Callable[[bytes, Any], bytes]
"""What the method does, given request and context."""


class ServerKind(enum.Enum):
    """How a server works inside."""

    THREADS = "threads"
    ASYNCIO = "asyncio"


@contextmanager
def echo_server(
    kind: ServerKind,
    credentials: grpc.ServerCredentials,
    answer: Answer = lambda request, _: request,
) -> Iterator[int]:
    """Run a server while the block does, and give its port."""
    serve = _on_threads if kind is ServerKind.THREADS else _on_asyncio
    with serve(credentials, answer) as port:
        yield port


def echo(channel: grpc.Channel, request: bytes = b"request", timeout: float = 60.0) -> bytes:
    """Call the server. Raises RpcError."""
    untyped: Any = channel
    response: bytes = untyped.unary_unary(PATH)(request, timeout=timeout)
    return response


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, behavior: Any) -> None:
        self._behavior = behavior

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        return grpc.unary_unary_rpc_method_handler(self._behavior)


@contextmanager
def _on_threads(credentials: grpc.ServerCredentials, answer: Answer) -> Iterator[int]:
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=[_Handlers(answer)])
        port = server.add_secure_port(f"{HOST}:0", credentials)
        server.start()
        try:
            yield port
        finally:
            server.stop(0).wait(_SECONDS)


@contextmanager
def _on_asyncio(credentials: grpc.ServerCredentials, answer: Answer) -> Iterator[int]:
    listening: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def behavior(request: bytes, context: Any) -> bytes:
        return answer(request, context)

    async def serve() -> None:
        try:
            server = grpc.aio.server(handlers=[_Handlers(behavior)])
            port = server.add_secure_port(f"{HOST}:0", credentials)
            await server.start()
        except BaseException as error:
            listening.set_exception(error)
            return
        stop = asyncio.Event()
        listening.set_result((port, asyncio.get_running_loop(), stop))
        await stop.wait()
        await server.stop(0)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="aio-echo")
    thread.start()
    try:
        port, loop, stop = listening.result(_SECONDS)
        try:
            yield port
        finally:
            loop.call_soon_threadsafe(stop.set)
    finally:
        thread.join(_SECONDS)
