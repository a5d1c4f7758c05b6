"""Servers of either kind, from settings."""

from collections.abc import Iterable, Sequence

import grpc

from chassis.grpc_settings import ServerKind
from chassis.health import HealthBoard
from chassis.interceptors.chain import Interceptor
from chassis.lifecycle import Server
from chassis.loop_watchdog import WatchLoop
from chassis.server import ThreadedServer
from chassis.server_options import ServerOptions
from chassis.service import Service


def new_server(
    kind: ServerKind,
    services: Iterable[Service],
    interceptors: Sequence[Interceptor],
    board: HealthBoard,
    options: ServerOptions,
    credentials: grpc.ServerCredentials | None = None,
    watch: WatchLoop | None = None,
) -> Server:
    """Make a server; see `ThreadedServer` and `AioServer`, whose arguments these are."""
    if kind == "threads":
        return ThreadedServer(services, interceptors, board, options, credentials)
    # Loaded only now: threads need neither, and together they take a while, and memory.
    import uvloop

    from chassis.aio_server import AioServer

    loop = uvloop.new_event_loop
    return AioServer(services, interceptors, board, options, credentials, loop, watch)
