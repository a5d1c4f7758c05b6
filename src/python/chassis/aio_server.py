"""A gRPC server with an event loop: built, bound, served, stopped."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis.address import ListenError, check_listenable, join
from chassis.aio_health_servicer import AioHealthServicer
from chassis.event_loop import EventLoopThread, NewLoop
from chassis.health import HealthBoard
from chassis.health_messages import SERVICE_NAME as HEALTH
from chassis.interceptors.aio import AsyncioAdapter
from chassis.interceptors.chain import Interceptor
from chassis.loop_watchdog import LoopWatchdog, WatchLoop
from chassis.server_options import ServerOptions
from chassis.service import Service

_SECONDS = 10.0
"""How long the loop may take for what it does at once unless something blocks it."""

_RETRY_SECONDS = 0.01
_MAIN_LOOP = "_server_main_loop"
"""What grpcio calls the coroutine that takes calls; `aio_server_test.py` shows it still does."""

_LOG = logging.getLogger(__name__)


class AioServer:
    """Serves what `ThreadedServer` serves, for the same callers, on an event loop.

    The loop has a thread of its own; the methods here are for other threads.

    grpcio's server ends for good at a call whose path is not UTF-8, which anybody may send. Then
    another takes its place, and its port as soon as that is free: calls in flight go on, clients
    connect anew.

    new_loop: makes the loop.
    watch: makes what watches the loop while the server serves.
    """

    def __init__(
        self,
        services: Iterable[Service],
        interceptors: Sequence[Interceptor],
        board: HealthBoard,
        options: ServerOptions,
        credentials: grpc.ServerCredentials | None = None,
        new_loop: NewLoop | None = None,
        watch: WatchLoop | None = None,
    ) -> None:
        self._services = tuple(services)
        self._interceptors = interceptors
        self._board = board
        self._options = options
        self._credentials = credentials
        self._thread = EventLoopThread(*[new_loop] if new_loop else [])
        self._watch = watch
        self._watchdog: LoopWatchdog | None = None
        self._address = ""
        self._stopping = False
        self._successors: set[asyncio.Task[None]] = set()
        self._server: Any = self._thread.call(self._build(), _SECONDS)

    def listen(self, host: str, port: int) -> int:
        """Take a port (0: any free one) and give its number. Raises ListenError."""
        if not self._options.share_port:
            check_listenable(host, port)
        port = self._thread.call(self._listen(self._server, join(host, port)), _SECONDS)
        self._address = join(host, port)
        return port

    def start(self) -> None:
        """Begin to answer calls."""
        self._thread.call(self._start(self._server), _SECONDS)
        if self._watch:
            self._watchdog = self._watch(self._thread)

    def stop(self, grace_seconds: float) -> threading.Event:
        """Take no more calls, and cancel those in flight after the grace period.

        Returns at once; the event is set when no call is left. May be called again with a shorter
        period.
        """
        self._stopping = True
        stopped = threading.Event()
        future = self._thread.submit(self._server.stop(grace_seconds))
        future.add_done_callback(lambda _: stopped.set())
        return stopped

    def close(self) -> None:
        """Let the loop and its thread go, once stopped."""
        if self._watchdog:
            self._watchdog.close()
        self._thread.close(_SECONDS)

    async def _build(self) -> Any:
        adapter = AsyncioAdapter(self._interceptors, self._options.max_calls, exempt={HEALTH})
        server: Any = grpc.aio.server(handlers=[adapter], options=self._options.channel_arguments())
        server.add_generic_rpc_handlers = adapter.add
        # For each method that is registered besides, grpcio's loop has a future that it waits for
        # anew at every call.
        server.add_registered_method_handlers = lambda *_: None
        for service in self._services:
            service.add(service.servicer, server)
        add_health: Callable[[Any, Any], None] = health_pb2_grpc.add_HealthServicer_to_server
        add_health(AioHealthServicer(self._board), server)
        if self._options.reflection:
            add_reflection: Callable[[Any, Any], None] = reflection.enable_server_reflection
            names = [service.name for service in self._services]
            add_reflection([*names, HEALTH, reflection.SERVICE_NAME], server)
        return server

    async def _listen(self, server: Any, address: str) -> int:
        try:
            if self._credentials is None:
                port = server.add_insecure_port(address)
            else:
                port = server.add_secure_port(address, self._credentials)
        except RuntimeError as error:
            raise ListenError(f"cannot listen on {address}") from error
        return int(port)

    async def _start(self, server: Any) -> None:
        before = asyncio.all_tasks()
        await server.start()
        for task in asyncio.all_tasks() - before:
            if getattr(task.get_coro(), "__name__", "") == _MAIN_LOOP:
                task.add_done_callback(self._serving_ended)

    def _serving_ended(self, task: "asyncio.Task[Any]") -> None:
        if self._stopping or task.cancelled() or task.exception() is None:
            return
        successor = asyncio.ensure_future(self._serve_anew(self._server))
        self._successors.add(successor)
        successor.add_done_callback(self._successors.discard)

    async def _serve_anew(self, ended: Any) -> None:
        _LOG.error("a call ended the server, another takes its place")
        while not self._stopping:
            server = await self._build()
            try:
                await self._listen(server, self._address)
            except ListenError:
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            await self._start(server)
            self._server = server
            break
        for _ in range(2):  # The first time it only says once more why it has ended.
            with suppress(Exception):
                await ended.stop(_SECONDS)
