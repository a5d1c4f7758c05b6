"""Lets a plain, blocking body of a method serve on an event loop, from a thread of its own.

So a test is written once for both kinds of server.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import grpc

from chassis.interceptors.call import Metadata

Body = Callable[[Iterator[bytes], Any], Iterator[bytes]]

_SECONDS = 30.0
_END = object()


class BodyContext:
    """What a plain body uses of a context, on top of that of `grpc.aio`."""

    def __init__(self, context: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._context = context
        self._loop = loop
        self._callbacks: list[Callable[[], None]] = []

    def peer(self) -> str:
        """See `grpc.ServicerContext`."""
        return str(self._context.peer())

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        """See `grpc.ServicerContext`."""
        self.on_loop(self._context.abort(code, details))

    def set_code(self, code: grpc.StatusCode) -> None:
        """See `grpc.ServicerContext`."""
        self._context.set_code(code)

    def set_details(self, details: str) -> None:
        """See `grpc.ServicerContext`."""
        self._context.set_details(details)

    def set_trailing_metadata(self, metadata: Metadata) -> None:
        """See `grpc.ServicerContext`."""
        self._context.set_trailing_metadata(metadata)

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """See `grpc.RpcContext`."""
        self._callbacks.append(callback)
        return True

    def end(self) -> None:
        """Tell the body that its call is over: gRPC would only when the handler has returned."""
        for callback in self._callbacks:
            callback()

    def on_loop(self, coroutine: Any) -> Any:
        """Run a coroutine where the context lives, and wait for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_SECONDS)


async def on_threads(body: Body, requests: Any, context: Any) -> AsyncGenerator[bytes, None]:
    """Give the responses of `body`, each step of which runs on a thread.

    requests: bytes, or an asynchronous iterator of them.
    """
    loop = asyncio.get_running_loop()
    bridge = BodyContext(context, loop)
    plain = iter((requests,)) if isinstance(requests, bytes) else _plain(requests, bridge)
    pool = ThreadPoolExecutor(1)

    async def step(function: Callable[..., Any], *arguments: Any) -> Any:
        run = copy_context().run
        return await loop.run_in_executor(pool, run, function, *arguments)

    responses: Any = None
    try:
        responses = await step(body, plain, bridge)
        while (response := await step(next, responses, _END)) is not _END:
            yield response
    finally:
        bridge.end()
        if hasattr(responses, "close"):
            await step(responses.close)
        pool.shutdown(wait=False)


def _plain(requests: Any, bridge: BodyContext) -> Iterator[bytes]:
    iterator = aiter(requests)

    async def step() -> Any:
        return await anext(iterator, _END)

    while (request := bridge.on_loop(step())) is not _END:
        yield request
