"""Exceptions become statuses by a table; whatever is not in it stays inside."""

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from structlog.typing import FilteringBoundLogger

from chassis.interceptors.call import Ending, ServerCall, Status
from chassis.interceptors.chain import Ended, internal_error

StatusTable = Mapping[type[Exception], Callable[[Any], Status]]
"""How an exception of each type, and of types derived from it, becomes a status."""


def public(code: grpc.StatusCode) -> Callable[[Exception], Status]:
    """Map to `code` with the exception's own text: only for texts written for clients."""
    return lambda error: Status(code, str(error))


def fixed(code: grpc.StatusCode, details: str) -> Callable[[Exception], Status]:
    """Map to `code` with a text that does not depend on the exception."""
    return lambda _: Status(code, details)


class StatusMapping:
    """Chooses the status of calls whose servicer raised.

    An exception in the table (the nearest base class counts) gives the status that the table says.
    Any other is logged with its stack, and the client gets INTERNAL with a fixed text and the
    request id; but if the servicer had set a code of its own before it raised, the client gets
    that code and the details that the servicer had set. Aborts by the servicer are left alone.
    """

    def __init__(self, table: StatusTable, log: FilteringBoundLogger) -> None:
        self._table = dict(table)
        self._log = log

    def begin(self, call: ServerCall) -> Ended:
        """See `Interceptor`."""

        def ended(error: BaseException | None) -> None:
            if error is None:
                return
            left_alone = call.ending in (Ending.ABORTED, Ending.ABANDONED)
            if not left_alone and call.reply is None:
                self.answer(call, error)

        return ended

    def answer(self, call: ServerCall, error: BaseException) -> None:
        """Choose the status for a call that ended by `error`."""
        for kind in type(error).__mro__:
            if status_of := self._table.get(kind):
                call.answer(status_of(error))
                return
        self._log.error(
            "call raised",
            grpc_service=call.service,
            grpc_method=call.method,
            peer=call.peer,
            request_id=call.request_id,
            exception_type=type(error).__qualname__,
            exc_info=error,
        )
        if call.code is None or call.code is grpc.StatusCode.OK:
            call.answer(internal_error(call.request_id))
        else:
            call.answer(Status(call.code, call.details))
