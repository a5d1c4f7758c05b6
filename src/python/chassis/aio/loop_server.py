"""A server for `grpc.aio` servicers that takes a fraction of the time of grpcio's own."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import grpc

from chassis.aio.completions import Completions, cygrpc
from chassis.aio.incoming_call import Handler, IncomingCall

_LOG = logging.getLogger(__name__)

_CALLS_AHEAD = 128
"""How many calls gRPC may hand over at once. Those beyond it wait within gRPC, and a server that
stops would let them end with CANCELLED, which few clients try again."""


class Routes(Protocol):
    """Knows what handles which call."""

    def add(self, handlers: Iterable[Any]) -> None:
        """Take handlers of grpcio's into account."""

    def find(self, call: IncomingCall) -> Handler:
        """Give what handles a call."""


class LoopServer(grpc.aio.Server):
    """Serves as `grpc.aio.server` does, on the loop that it is made on.

    grpcio's own has an event, a future and a task for each step of a call, and a thread that wakes
    the loop for each. This one hears of all from one queue (`Completions`), has one task for a
    call, and sends response, status and all in one go.

    options: arguments of the channels, such as ("grpc.max_concurrent_streams", 100).
    failed: called on the loop, once, if the server hears no more of its calls. It has ended then:
        calls in flight have no end before the process has one.
    """

    def __init__(
        self,
        routes: Routes,
        options: Sequence[tuple[str, int]] = (),
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._routes = routes
        self._failed = failed
        self._completions = Completions(self._fail)
        self._queue = self._completions.queue
        self._server = cygrpc.Server(tuple(options), False)
        self._server.register_completion_queue(self._queue)
        self._calls: set[IncomingCall] = set()
        self._is_started = False
        self._is_stopping = False
        self._is_shut_down = False
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[Any]) -> None:
        """See `grpc.aio.Server`."""
        self._routes.add(generic_rpc_handlers)

    def add_registered_method_handlers(self, service_name: str, method_handlers: Any) -> None:
        """See `grpc.aio.Server`. The same methods are among the generic handlers."""

    def add_insecure_port(self, address: str) -> int:
        """See `grpc.aio.Server`. Raises RuntimeError if it is taken."""
        return self._add_port(address)

    def add_secure_port(self, address: str, server_credentials: grpc.ServerCredentials) -> int:
        """See `grpc.aio.Server`. Raises RuntimeError if it is taken."""
        credentials: Any = server_credentials
        return self._add_port(address, credentials._credentials)

    async def start(self) -> None:
        """See `grpc.aio.Server`."""
        self._server.start()
        self._is_started = True
        self._completions.start()
        for _ in range(_CALLS_AHEAD):
            self._ask_for_call()

    async def stop(self, grace: float | None) -> None:
        """See `grpc.aio.Server`. May be called again with a shorter period."""
        if not self._is_started:
            return
        if not self._is_stopping:
            self._is_stopping = True
            for call in self._calls:
                call.waits_for_end = True
            self._server.shutdown(self._queue, self._shut_down)
        done, _ = await asyncio.wait([self._ended], timeout=grace or 0.0)
        if not done:
            self._server.cancel_all_calls()
            await asyncio.wait([self._ended])

    async def wait_for_termination(self, timeout: float | None = None) -> bool:
        """See `grpc.aio.Server`."""
        done, _ = await asyncio.wait([self._ended], timeout=timeout)
        return bool(done)

    def _add_port(self, address: str, *credentials: Any) -> int:
        port = int(self._server.add_http2_port(address.encode(), *credentials))
        if not port:
            raise RuntimeError(f"cannot listen on {address}")
        return port

    def _ask_for_call(self) -> None:
        self._server.request_call(self._queue, self._queue, self._arrived)

    def _arrived(self, event: Any) -> None:
        if not event.success:
            return
        if not self._is_stopping:
            self._ask_for_call()
        call = IncomingCall(event, self._gone)
        # A connection is closed with its last answer. A gRPC client that is still sending would
        # find it broken, and lose answers that have come and that it has not read.
        call.waits_for_end = self._is_stopping
        self._calls.add(call)
        try:
            handler = self._routes.find(call)
        except Exception:
            _LOG.exception("what handles a call was not found")
            call.refuse()
        else:
            call.handle(handler)

    def _gone(self, call: IncomingCall) -> None:
        self._calls.discard(call)
        self._end_if_done()

    def _shut_down(self, _: Any) -> None:
        self._is_shut_down = True
        self._end_if_done()

    def _fail(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        self._failed()

    def _end_if_done(self) -> None:
        if self._is_shut_down and not self._calls and not self._ended.done():
            self._server.destroy()
            self._completions.close()
            self._ended.set_result(None)
