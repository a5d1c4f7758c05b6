"""One call that a client makes, in bytes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import grpc

from chassis.aio.completions import cygrpc
from chassis.interceptors.call import Metadata
from chassis.tls.identity import AuthContext

_PLAIN = 0
_INTERNAL: int = grpc.StatusCode.INTERNAL.value[0]
_UNIMPLEMENTED: int = grpc.StatusCode.UNIMPLEMENTED.value[0]
_ENCODING_KEY: str = cygrpc.GRPC_COMPRESSION_REQUEST_ALGORITHM_MD_KEY
_ENCODINGS = {
    grpc.Compression.NoCompression: "identity",
    grpc.Compression.Deflate: "deflate",
    grpc.Compression.Gzip: "gzip",
}
_Receive, _ReceiveClose = cygrpc.ReceiveMessageOperation, cygrpc.ReceiveCloseOnServerOperation
_SendMetadata, _SendMessage = cygrpc.SendInitialMetadataOperation, cygrpc.SendMessageOperation
_SendStatus = cygrpc.SendStatusFromServerOperation

_LOG = logging.getLogger(__name__)


class ClientGone(ConnectionError):
    """Raised by what would reach a client that has gone."""


class Handler(NamedTuple):
    """What serves the calls of a method.

    takes_one: whether it gets one request, when that is there; otherwise None, at once, and reads.
    serve: must end the call by `finish`; is cancelled if the client goes away.
    """

    takes_one: bool
    serve: Callable[["IncomingCall", bytes | None], Awaitable[None]]


class IncomingCall:
    """A call, from its arrival to its end. For use on the event loop alone.

    path: "/package.Service/Method".
    is_cancelled: whether the client has gone, or its time is over.
    leave: called once, when the call is handled or will never be.
    """

    def __init__(self, event: Any, gone: Callable[["IncomingCall"], None]) -> None:
        details = event.call_details
        self.path: str = details.method.decode("utf-8", "replace")
        self._metadata: Metadata = event.invocation_metadata
        self.is_cancelled = False
        self.leave: Callable[[], None] | None = None
        self._call = event.call
        self._deadline: float = details.deadline
        self._gone = gone
        self._under_way = 0
        self._is_watched = False
        self._is_handled = False
        self._is_finished = False
        self._has_begun_answer = False
        self._encoding: Metadata = ()
        self._flags = _PLAIN
        self._task: asyncio.Task[None] | None = None
        self._reading: asyncio.Future[bytes | None] | None = None

    @property
    def is_finished(self) -> bool:
        """Tell whether its status is sent."""
        return self._is_finished

    def peer(self) -> str:
        """Give the other end, percent-encoded; "" when the call is over."""
        return str(self._call.peer(), "utf-8", "replace") if self._call else ""

    def auth_context(self) -> AuthContext:
        """Give what is known of who the other end is; nothing when the call is over."""
        found = cygrpc.auth_context(self._call) if self._call else None
        return {key.decode("utf-8", "replace"): value for key, value in (found or {}).items()}

    def invocation_metadata(self) -> Metadata:
        """Give what the client sent."""
        return self._metadata

    def peer_identities(self) -> Sequence[bytes] | None:
        """Give the names by which the other end is known, if it is; None when the call is over."""
        return cygrpc.peer_identities(self._call) if self._call else None

    def peer_identity_key(self) -> str | None:
        """Give of what kind those names are."""
        key = cygrpc.peer_identity_key(self._call) if self._call else None
        return key and str(key, "utf-8", "replace")

    def time_remaining(self) -> float:
        """Give the seconds until the deadline, infinitely many without one."""
        return max(0.0, self._deadline - time.time())

    def handle(self, handler: Handler) -> None:
        """Have it handled."""
        if not handler.takes_one:
            self._begin(handler, None)
            return

        def begin(event: Any) -> None:
            self._under_way -= 1
            request = event.batch_operations[0].message()
            if request is None:
                # A client that has said all without asking, or has gone, or asked for too much.
                self.finish(_UNIMPLEMENTED, "exactly one request is required")
                self._end_handling()
            else:
                self._begin(handler, request)

        self._start((_Receive(_PLAIN),), begin)

    async def read(self) -> bytes | None:
        """Give the next request of a stream, or None after the last one.

        Whoever is cancelled while waiting loses none.
        """
        if self._reading is None:
            self._reading = reading = self._new_future()

            def received(event: Any) -> None:
                self._under_way -= 1
                reading.set_result(event.batch_operations[0].message())
                self._settle()

            self._start((_Receive(_PLAIN),), received)
        request = await asyncio.shield(self._reading)
        self._reading = None
        return request

    async def write(self, response: bytes) -> None:
        """Send one response of a stream, when the client takes it. One at a time."""
        operations = [_SendMessage(response, self._flags)]
        self._flags = _PLAIN
        await self._send(operations, ())

    async def begin_answer(self, metadata: Metadata) -> None:
        """Send initial metadata. Raises ValueError if they are sent."""
        if self._has_begun_answer:
            raise ValueError("the initial metadata are sent already")
        await self._send([], metadata)

    def compress(self, compression: grpc.Compression) -> None:
        """Choose how what is sent is compressed, before any of it is."""
        self._encoding = ((_ENCODING_KEY, _ENCODINGS[compression]),)

    def do_not_compress_next(self) -> None:
        """Send the next message as it is."""
        self._flags = cygrpc.WriteFlag.no_compress

    def finish(
        self,
        code: int,
        details: str = "",
        trailing: Metadata | None = None,
        response: bytes | None = None,
    ) -> None:
        """Send the status, after the response of a method that answers once.

        Does nothing if the client has gone, or one is sent.
        """
        if self._is_finished:
            return
        self._is_finished = True
        if self.is_cancelled:
            return
        try:
            self._finish(code, details, trailing, response)
        except Exception:
            _LOG.exception("a status could not be sent")
            self._finish(_INTERNAL, "internal error", None, None)

    def _finish(
        self, code: int, details: str, trailing: Metadata | None, response: bytes | None
    ) -> None:
        operations = [_SendStatus(trailing, code, details.encode(), _PLAIN)]
        if response is not None:
            operations.append(_SendMessage(response, self._flags))
        if not self._has_begun_answer:
            operations.append(_SendMetadata(self._encoding, _PLAIN))
        if not self._is_watched:
            operations.append(_ReceiveClose(_PLAIN))
        self._start(operations, self._done)
        self._has_begun_answer = self._is_watched = True

    def _begin(self, handler: Handler, request: bytes | None) -> None:
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._handle(handler.serve, request))
        # Most calls are answered in one step, and then nobody need look out.
        loop.call_soon(self._watch)

    async def _handle(
        self,
        serve: Callable[["IncomingCall", bytes | None], Awaitable[None]],
        request: bytes | None,
    ) -> None:
        try:
            await serve(self, request)
        except asyncio.CancelledError:
            if not self.is_cancelled:
                raise
        except Exception:
            _LOG.exception("a call was not ended by what serves it")
        finally:
            self.finish(_INTERNAL, "internal error")
            self._end_handling()

    def _end_handling(self) -> None:
        self._is_handled = True
        self._task = None
        if self.leave:
            self.leave()
        self._settle()

    def _watch(self) -> None:
        """Hear of it if the client goes away."""
        if not self._is_watched and not self._is_handled:
            self._is_watched = True
            self._start((_ReceiveClose(_PLAIN),), self._closed)

    def _closed(self, event: Any) -> None:
        self._under_way -= 1
        if event.batch_operations[0].cancelled() and not self._is_finished:
            self.is_cancelled = True
            if self._task:
                self._task.cancel()
        self._settle()

    def _done(self, _: Any) -> None:
        self._under_way -= 1
        self._settle()

    async def _send(self, operations: list[Any], metadata: Metadata) -> None:
        if not self._has_begun_answer:
            operations.append(_SendMetadata((*self._encoding, *metadata), _PLAIN))
        sending = self._new_future()

        def sent(event: Any) -> None:
            self._under_way -= 1
            if not sending.done():
                sending.set_result(event.success)
            self._settle()

        self._start(operations, sent)
        self._has_begun_answer = True
        if not await sending:
            raise ClientGone("the client has gone")

    def _new_future(self) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().create_future()

    def _start(self, operations: Sequence[Any], done: Callable[[Any], None]) -> None:
        if self._call is None:
            raise ClientGone("the call is over")
        self._call.start_server_batch(operations, done)
        self._under_way += 1

    def _settle(self) -> None:
        """Let go of what gRPC keeps of a call, for it does not end before."""
        if self._is_handled and not self._under_way:
            self._call = None
            self._gone(self)
