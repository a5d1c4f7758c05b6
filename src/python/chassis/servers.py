"""Servers of either kind, from settings."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import grpc

from chassis.grpc_settings import ServerKind
from chassis.health import HealthBoard
from chassis.interceptors.chain import Interceptor
from chassis.lifecycle import Server
from chassis.loop_watchdog import WatchLoop
from chassis.server_options import ServerOptions
from chassis.service import Service


class GrpcServer(Server, Protocol):
    """A server of either kind."""

    def has_moved(self) -> bool:
        """Tell whether, since this was last asked, a call got a thread, or none waits for one."""


def new_server(
    kind: ServerKind,
    services: Iterable[Service],
    interceptors: Sequence[Interceptor],
    board: HealthBoard,
    options: ServerOptions,
    credentials: grpc.ServerCredentials | None = None,
    watch: WatchLoop | None = None,
) -> GrpcServer:
    """Make a server; see `ThreadedServer` and `AioServer`, whose arguments these are."""
    # Loaded only now: neither kind needs what the other does, which takes a while, and memory.
    if kind == "threads":
        from chassis.server import ThreadedServer

        return ThreadedServer(services, interceptors, board, options, credentials)
    import uvloop

    from chassis.aio_server import AioServer

    loop = uvloop.new_event_loop
    return AioServer(services, interceptors, board, options, credentials, loop, watch)
