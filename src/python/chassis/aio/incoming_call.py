"""One call that a client makes, in bytes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
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
_NOT_YET: Any = object()
_ONE_REQUEST = "exactly one request is required"

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
    waits_for_end: whether a call with one request is handled only when the client has said that
        there is no other, not as soon as it is there.
    """

    def __init__(self, event: Any, gone: Callable[["IncomingCall"], None]) -> None:
        details = event.call_details
        self.path: str = details.method.decode("utf-8", "replace")
        self._metadata: Metadata = event.invocation_metadata
        self.is_cancelled = False
        self.leave: Callable[[], None] | None = None
        self.waits_for_end = False
        self._call = event.call
        self._deadline: float = details.deadline
        self._gone = gone
        self._under_way = 0
        self._is_watched = False
        self._is_handled = False
        self._is_finished = False
        self._is_receiving = False
        self._is_writing = False
        self._has_begun_answer = False
        self._encoding: Metadata = ()
        self._flags = _PLAIN
        self._task: asyncio.Task[None] | None = None
        self._reader: asyncio.Future[None] | None = None
        self._request: bytes | None = _NOT_YET

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
                self._end_handling(_UNIMPLEMENTED, _ONE_REQUEST)
            elif self.waits_for_end:
                self._start((_Receive(_PLAIN),), partial(begin_at_end, request))
            else:
                self._begin(handler, request)

        def begin_at_end(request: bytes, event: Any) -> None:
            self._under_way -= 1
            if event.batch_operations[0].message() is None:
                self._begin(handler, request)
            else:
                self._end_handling(_UNIMPLEMENTED, _ONE_REQUEST)

        self._start((_Receive(_PLAIN),), begin)

    def refuse(self) -> None:
        """End it, for there is nothing that handles it."""
        self._end_handling(_INTERNAL, "internal error")

    async def read(self) -> bytes | None:
        """Give the next request of a stream, or None after the last one. One at a time.

        Whoever is cancelled while waiting loses none.
        """
        if self._reader is not None:
            raise grpc.aio.UsageError("somebody else waits for a request of this call")
        if self._request is _NOT_YET:
            if not self._is_receiving:
                self._start((_Receive(_PLAIN),), self._received)
                self._is_receiving = True
            self._reader = self._new_future()
            try:
                await self._reader
            finally:
                self._reader = None
        request, self._request = self._request, _NOT_YET
        return request

    async def write(self, response: bytes) -> None:
        """Send one response of a stream, when the client takes it. One at a time.

        Whoever is cancelled while waiting has sent it nevertheless.
        """
        if self._is_writing:
            raise grpc.aio.UsageError("another response of this call is on its way")
        operations = [_SendMessage(response, self._flags)]
        await self._send(operations, (), is_message=True)

    async def begin_answer(self, metadata: Metadata) -> None:
        """Send initial metadata. Raises ValueError if they are sent."""
        if self._has_begun_answer:
            raise ValueError("the initial metadata are sent already")
        await self._send([], metadata)

    def compress(self, compression: grpc.Compression) -> None:
        """Choose how what is sent is compressed. Raises ValueError if any of it is."""
        if self._has_begun_answer:
            raise ValueError("the initial metadata are sent already")
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
        text = details.encode("utf-8", "replace")
        operations = [_SendStatus(trailing, code, text, _PLAIN)]
        if response is not None:
            if self._is_writing:
                raise grpc.aio.UsageError("another response of this call is on its way")
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
            self._end_handling(_INTERNAL, "internal error")

    def _end_handling(self, code: int, details: str) -> None:
        """Let the call go, with this status if it has none."""
        self._is_handled = True
        self._task = None
        try:
            self.finish(code, details)
        finally:
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
        task = self._task
        if task and event.batch_operations[0].cancelled():
            self.is_cancelled = True
            task.cancel()
        self._settle()

    def _received(self, event: Any) -> None:
        self._under_way -= 1
        self._is_receiving = False
        self._request = event.batch_operations[0].message()
        if self._reader and not self._reader.done():
            self._reader.set_result(None)
        self._settle()

    def _done(self, _: Any) -> None:
        self._under_way -= 1
        self._settle()

    async def _send(
        self, operations: list[Any], metadata: Metadata, is_message: bool = False
    ) -> None:
        if self._is_finished:
            raise grpc.aio.UsageError("the status of this call is sent already")
        if not self._has_begun_answer:
            operations.append(_SendMetadata((*self._encoding, *metadata), _PLAIN))
        sending = self._new_future()

        def sent(event: Any) -> None:
            self._under_way -= 1
            if is_message:
                self._is_writing = False
            if not event.success:
                # That the client has gone may be told later than that nothing reaches it.
                self.is_cancelled = True
            if not sending.done():
                sending.set_result(None)
            self._settle()

        self._start(operations, sent)
        self._has_begun_answer = True
        if is_message:
            self._is_writing = True
            self._flags = _PLAIN
        await sending
        if self.is_cancelled:
            raise ClientGone("the client has gone")

    def _new_future(self) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().create_future()

    def _start(self, operations: Sequence[Any], done: Callable[[Any], None]) -> None:
        if self._call is None:
            raise grpc.aio.UsageError("the call is over")
        if self._call.start_server_batch(operations, done):
            # Nobody will be told of them, so nothing may wait for that.
            raise RuntimeError("gRPC does not take these operations")
        self._under_way += 1

    def _settle(self) -> None:
        """Let go of what gRPC keeps of a call, for it does not end before."""
        if self._is_handled and not self._under_way:
            self._call = None
            self._gone(self)
