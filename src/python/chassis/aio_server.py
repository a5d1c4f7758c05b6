"""A gRPC server with an event loop: built, bound, served, stopped."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc

from chassis.address import ListenError, check_listenable, join
from chassis.aio.loop_server import LoopServer
from chassis.aio_health_servicer import AioHealthServicer
from chassis.event_loop import EventLoopThread, NewLoop
from chassis.health import HealthBoard
from chassis.health_messages import SERVICE_NAME as HEALTH
from chassis.interceptors.aio import AsyncioAdapter
from chassis.interceptors.chain import Interceptor
from chassis.loop_watchdog import LoopWatchdog, WatchLoop
from chassis.reflection import Reflection
from chassis.server_options import ServerOptions
from chassis.service import Service

_SECONDS = 10.0
"""How long the loop may take for what it does at once unless something blocks it."""


class AioServer:
    """Serves what `ThreadedServer` serves, for the same callers, on an event loop.

    The loop has a thread of its own; the methods here are for other threads.

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
        self._failed: Callable[[], None] | None = None
        self._server = self._thread.call(self._build(), _SECONDS)

    def listen(self, host: str, port: int) -> int:
        """Take a port (0: any free one) and give its number. Raises ListenError."""
        if not self._options.share_port:
            check_listenable(host, port)
        return self._thread.call(self._listen(join(host, port)), _SECONDS)

    def start(self, failed: Callable[[], None] | None = None) -> None:
        """Begin to answer calls; see `Server`."""
        self._failed = failed
        self._thread.call(self._server.start(), _SECONDS)
        if self._watch:
            self._watchdog = self._watch(self._thread)

    def has_moved(self) -> bool:
        """See `ThreadedServer`. No call waits for a thread: what answers one answers them all."""
        return True

    def stop(self, grace_seconds: float) -> threading.Event:
        """Take no more calls, and cancel those in flight after the grace period.

        Returns at once; the event is set when no call is left. May be called again with a shorter
        period.
        """
        stopped = threading.Event()
        future = self._thread.submit(self._server.stop(grace_seconds))
        future.add_done_callback(lambda _: stopped.set())
        return stopped

    def close(self) -> None:
        """Let the loop and its thread go, once stopped."""
        if self._watchdog:
            self._watchdog.close()
        self._thread.close(_SECONDS)

    async def _build(self) -> LoopServer:
        options = self._options
        routes = AsyncioAdapter(self._interceptors, options.max_calls, exempt={HEALTH})
        server = LoopServer(routes, options.channel_arguments(), self._fail)
        for service in self._services:
            service.add(service.servicer, server)
        add_health: Callable[[Any, Any], None] = health_pb2_grpc.add_HealthServicer_to_server
        add_health(AioHealthServicer(self._board), server)
        if options.reflection:
            reflection = Reflection([each.name for each in self._services], on_loop=True)
            server.add_generic_rpc_handlers((reflection,))
        return server

    def _fail(self) -> None:
        if self._failed:
            self._failed()

    async def _listen(self, address: str) -> int:
        try:
            if self._credentials is None:
                return self._server.add_insecure_port(address)
            return self._server.add_secure_port(address, self._credentials)
        except RuntimeError as error:
            raise ListenError(f"cannot listen on {address}") from error
