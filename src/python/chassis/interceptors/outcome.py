"""How the servicer's code was left, noted innermost of all."""

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


def note_exit(
    call: ServerCall, context: CallContext, exits: Exits, error: BaseException | None
) -> None:
    """Note in the call how the servicer's code was left."""
    if exits.is_gone(context, error):
        call.ending = Ending.ABANDONED
        late = time_left(context) == 0
        call.code = grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.CANCELLED
        return
    code = code_set(context)
    if code is not None:
        call.code = code
        call.details = details_set(context)
    if error is None:
        call.ending = Ending.RETURNED
        call.code = code or grpc.StatusCode.OK
    elif isinstance(error, Refused):
        call.ending = Ending.ABORTED
        call.answer(error.status)
    elif code is not None and exits.is_abort(error):
        call.ending = Ending.ABORTED
    else:
        call.ending = Ending.RAISED
