"""A `LoopServer` with one handler for whatever is called."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from chassis.aio.incoming_call import Handler, IncomingCall
from chassis.aio.loop_server import LoopServer
from chassis.event_loop import EventLoopThread

SECONDS = 60.0
"""How long what is not held up may take, on a machine that has much else to do."""

Serve = Callable[[IncomingCall, bytes | None], Awaitable[None]]
Find = Callable[[IncomingCall], Handler]


class AnyCall:
    """`Routes` that a function knows."""

    def __init__(self, find: Find) -> None:
        self.find = find

    def add(self, handlers: Iterable[Any]) -> None:
        """See `Routes`."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that serves, on the loop of a thread, and a channel to it."""

    server: LoopServer
    thread: EventLoopThread
    port: int
    channel: grpc.Channel

    def stop(self, grace: float | None) -> None:
        """Stop it, which must not take longer than SECONDS."""
        self.thread.call(self.server.stop(grace), SECONDS)

    def channel_of_its_own(self) -> grpc.Channel:
        """Open another connection."""
        return _channel(self.port)


def _channel(port: int) -> grpc.Channel:
    options = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.insecure_channel(f"127.0.0.1:{port}", options)


@contextmanager
def serving(
    serve: Serve,
    takes_one: bool = False,
    find: Find | None = None,
    options: Sequence[tuple[str, int]] = (),
) -> Iterator[Serving]:
    """Serve while the block runs; afterwards nothing may keep the server from stopping."""
    thread = EventLoopThread()
    handler = Handler(takes_one, serve)

    async def begin() -> tuple[LoopServer, int]:
        server = LoopServer(AnyCall(find or (lambda _: handler)), options)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        return server, port

    try:
        server, port = thread.call(begin(), SECONDS)
        with _channel(port) as channel:
            running = Serving(server, thread, port, channel)
            try:
                yield running
            finally:
                running.stop(0)
    finally:
        thread.close(SECONDS)
