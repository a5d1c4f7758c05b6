"""Real servers on ports that the system chooses."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import grpc

from chassis.address import join
from chassis.aio_server import AioServer
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.chain import Interceptor
from chassis.lifecycle import Server
from chassis.server import ThreadedServer
from chassis.server_options import ServerOptions
from chassis.service import Service

HOST = "127.0.0.1"
STOP_SECONDS = 60.0


@contextmanager
def running(server: Server, port: int = 0) -> Iterator[str]:
    """Run a server while the block does, and give its address, "host:port".

    port: 0 is any free one.
    """
    port = server.listen(HOST, port)
    server.start()
    try:
        yield join(HOST, port)
    finally:
        stopped = server.stop(0).wait(STOP_SECONDS)
        server.close()
        if not stopped:
            raise TimeoutError(f"the server did not stop within {STOP_SECONDS} s")


@contextmanager
def connected(server: Server) -> Iterator[grpc.Channel]:
    """Run a server while the block does, and give a channel to it."""
    with running(server) as address, grpc.insecure_channel(address) as channel:
        yield channel


def threaded_server(
    services: Iterable[Service],
    interceptors: Sequence[Interceptor] = (),
    board: HealthBoard | None = None,
    options: ServerOptions | None = None,
    credentials: grpc.ServerCredentials | None = None,
) -> ThreadedServer:
    """Put a server together, of which a test need only name what it is about."""
    board = board or HealthBoard({OVERALL: ()})
    options = options or ServerOptions(threads=4)
    return ThreadedServer(services, interceptors, board, options, credentials)


def aio_server(
    services: Iterable[Service],
    interceptors: Sequence[Interceptor] = (),
    board: HealthBoard | None = None,
    options: ServerOptions | None = None,
    credentials: grpc.ServerCredentials | None = None,
) -> AioServer:
    """Put one together that runs on an event loop."""
    board = board or HealthBoard({OVERALL: ()})
    return AioServer(services, interceptors, board, options or ServerOptions(), credentials)


class MakeServer(Protocol):
    """`threaded_server` or `aio_server`: what a test that is about both is parametrized with."""

    def __call__(
        self,
        services: Iterable[Service],
        interceptors: Sequence[Interceptor] = (),
        board: HealthBoard | None = None,
        options: ServerOptions | None = None,
        credentials: grpc.ServerCredentials | None = None,
    ) -> Server:
        """Put a server together."""


BOTH: tuple[MakeServer, ...] = (threaded_server, aio_server)
