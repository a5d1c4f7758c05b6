"""What a servicer on an event loop gets as its context."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, NoReturn

import grpc

from chassis.aio.incoming_call import ClientGone, IncomingCall
from chassis.aio.metadata import sendable
from chassis.interceptors.call import Metadata, Refused, ServerCall
from chassis.interceptors.chain import internal_error
from chassis.interceptors.context import REQUEST_ID, code_set, details_set, time_left
from chassis.interceptors.methods import Method

_OK = grpc.StatusCode.OK
_OK_NUMBER: int = _OK.value[0]

_ABORTED = "the servicer has ended the call"

_LOG = logging.getLogger(__name__)


class AioContext(grpc.aio.ServicerContext[Any, Any]):
    """See `grpc.aio.ServicerContext`.

    An abort ends the call when the servicer has been left, not before: so it is the status, and has
    the request id beside it, whatever the servicer does with the exception.
    """

    def __init__(self, incoming: IncomingCall, method: Method, call: ServerCall) -> None:
        self._incoming = incoming
        self._method = method
        self._call = call
        self._code: grpc.StatusCode | int | None = None
        self._details = ""
        self._trailing: Metadata = ()
        self.is_aborted = False
        self._is_over = False
        self._when_done: list[Callable[[Any], None]] = []

    async def read(self) -> Any:
        """See `grpc.aio.ServicerContext`. Raises UsageError while another read waits."""
        self._raise_if_aborted()
        request = await self._incoming.read()
        if request is None:
            return grpc.aio.EOF
        self._call.received += 1
        return self._method.decode(request)

    async def requests(self) -> AsyncIterator[Any]:
        """Give the requests of a stream, as they come."""
        while (request := await self.read()) is not grpc.aio.EOF:
            yield request

    async def write(self, message: Any) -> None:
        """See `grpc.aio.ServicerContext`. Raises UsageError while another write waits."""
        self._raise_if_aborted()
        if not self._method.kind.response_streaming:
            raise grpc.aio.UsageError("this method answers once, by what it returns")
        encoded = self._method.encode(message)
        self._call.sent += 1
        await self._incoming.write(encoded)

    async def send_initial_metadata(self, initial_metadata: Any) -> None:
        """See `grpc.aio.ServicerContext`. Raises TypeError, ValueError for what cannot be sent."""
        self._raise_if_aborted()
        await self._incoming.begin_answer(sendable(initial_metadata))

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Any = ()
    ) -> NoReturn:
        """See `grpc.aio.ServicerContext`. Raises AbortError."""
        if trailing_metadata:
            self.set_trailing_metadata(trailing_metadata)
        self.set_code(code)
        self.set_details(details)
        if code_set(self) in (_OK, None):
            # To abort with OK is a mistake.
            self._code, self._details = grpc.StatusCode.UNKNOWN, ""
        self.is_aborted = True
        raise grpc.aio.AbortError(_ABORTED)

    async def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """See `grpc.aio.ServicerContext`. Raises AbortError."""
        await self.abort(status.code, status.details, tuple(status.trailing_metadata or ()))

    def set_trailing_metadata(self, trailing_metadata: Any) -> None:
        """See `grpc.aio.ServicerContext`. Raises TypeError, ValueError for what cannot be sent."""
        pairs = sendable(trailing_metadata)
        if not self.is_aborted:
            self._trailing = pairs

    def trailing_metadata(self) -> Any:
        """See `grpc.aio.ServicerContext`."""
        return self._trailing

    def set_code(self, code: grpc.StatusCode) -> None:
        """See `grpc.aio.ServicerContext`."""
        if not self.is_aborted:
            self._code = code

    def code(self) -> Any:
        """See `grpc.aio.ServicerContext`."""
        return self._code

    def set_details(self, details: str) -> None:
        """See `grpc.aio.ServicerContext`. Raises TypeError for what is no string."""
        if not isinstance(details, str):
            raise TypeError("details are a string")
        if not self.is_aborted:
            self._details = details

    def details(self) -> str:
        """See `grpc.aio.ServicerContext`."""
        return self._details

    def set_compression(self, compression: grpc.Compression) -> None:
        """See `grpc.aio.ServicerContext`."""
        self._incoming.compress(compression)

    def disable_next_message_compression(self) -> None:
        """See `grpc.aio.ServicerContext`."""
        self._incoming.do_not_compress_next()

    def invocation_metadata(self) -> Any:
        """See `grpc.aio.ServicerContext`."""
        return self._incoming.invocation_metadata()

    def peer(self) -> str:
        """See `grpc.aio.ServicerContext`."""
        return self._incoming.peer()

    def peer_identities(self) -> Iterable[bytes] | None:
        """See `grpc.aio.ServicerContext`."""
        return self._incoming.peer_identities()

    def peer_identity_key(self) -> str | None:
        """See `grpc.aio.ServicerContext`."""
        return self._incoming.peer_identity_key()

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """See `grpc.aio.ServicerContext`."""
        return self._incoming.auth_context()

    def time_remaining(self) -> Any:
        """See `grpc.aio.ServicerContext`."""
        return time_left(self._incoming)

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """See `grpc.aio.ServicerContext`. Once the servicer is left, it is called at once."""
        if self._is_over:
            self._tell(callback)
        else:
            self._when_done.append(callback)

    def cancelled(self) -> bool:
        """See `grpc.aio.ServicerContext`."""
        return self._incoming.is_cancelled

    def done(self) -> bool:
        """See `grpc.aio.ServicerContext`."""
        return self._incoming.is_finished or self._incoming.is_cancelled

    def is_gone(self, _: Any, error: BaseException | None) -> bool:
        """See `Exits`."""
        if self.is_aborted or not self._incoming.is_cancelled:
            return False
        return error is None or isinstance(error, asyncio.CancelledError | ClientGone | Refused)

    def is_abort(self, _: BaseException) -> bool:
        """See `Exits`."""
        return self.is_aborted

    def finish(self, response: bytes | None) -> None:
        """Send the status that the servicer, or what is around it, has chosen.

        Called once, however the call has ended.
        """
        try:
            self._finish(response)
        except Exception:
            _LOG.exception("a status could not be made")
            status = internal_error(self._call.request_id)
            self._incoming.finish(status.code.value[0], status.details)
        self._is_over = True
        while self._when_done:
            self._tell(self._when_done.pop(0))

    def _finish(self, response: bytes | None) -> None:
        identity = (REQUEST_ID, self._call.request_id)
        reply = self._call.reply
        if reply is not None:
            trailing = (*self._trailing, *sendable(reply.metadata), identity)
            self._incoming.finish(reply.code.value[0], reply.details, trailing)
        elif self._code is None:
            trailing = (*self._trailing, identity)
            self._incoming.finish(_OK_NUMBER, self._details, trailing, response)
        else:
            number: int = (code_set(self) or _OK).value[0]
            trailing = (*self._trailing, identity)
            self._incoming.finish(number, details_set(self), trailing, response)

    def _tell(self, callback: Callable[[Any], None]) -> None:
        try:
            callback(self)
        except Exception:
            _LOG.exception("what was to be told of the end of a call has failed")

    def _raise_if_aborted(self) -> None:
        if self.is_aborted:
            raise grpc.aio.AbortError(_ABORTED)
