"""How the servicer's code was left, noted innermost of all."""

from types import TracebackType
from typing import Protocol

import grpc

from chassis.interceptors.call import Ending, Refused, ServerCall
from chassis.interceptors.context import CallContext, code_set, details_set, time_left


class Exits(Protocol):
    """What exceptions mean, which differs between threads and asyncio."""

    def is_gone(self, context: CallContext, error: BaseException | None) -> bool:
        """Tell whether the call ended because its client is gone."""

    def is_abort(self, error: BaseException) -> bool:
        """Tell whether this is what `context.abort` raises."""


class Outcome:
    """Notes in the call how the block was left."""

    __slots__ = ("_call", "_context", "_exits")

    def __init__(self, call: ServerCall, context: CallContext, exits: Exits) -> None:
        self._call = call
        self._context = context
        self._exits = exits

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        call, context = self._call, self._context
        if self._exits.is_gone(context, error):
            call.ending = Ending.ABANDONED
            late = time_left(context) == 0
            call.code = grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.CANCELLED
            return
        call.code = code_set(context)
        call.details = details_set(context)
        if error is None:
            call.ending = Ending.RETURNED
            call.code = call.code or grpc.StatusCode.OK
        elif isinstance(error, Refused):
            call.ending = Ending.ABORTED
            call.answer(error.status)
        elif call.code is not None and self._exits.is_abort(error):
            call.ending = Ending.ABORTED
        else:
            call.ending = Ending.RAISED
