"""Interceptors in order, around each call. Neither they nor this know threads from asyncio."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol

import grpc

from chassis.interceptors.call import ServerCall, Status


class Interceptor(Protocol):
    """Work that is done around every call.

    It must not block, for on asyncio it runs on the event loop. It may raise to refuse a call
    before the servicer sees it; an interceptor further out maps the exception to a status.
    """

    def around(self, call: ServerCall) -> AbstractContextManager[None]:
        """Give what is entered before the servicer's code and left after it.

        On the way out, `call` says how the call ended. An exception may be looked at, and a status
        be chosen by `call.answer`, but it must not be swallowed.
        """


class Chain:
    """Interceptors, the outermost first."""

    def __init__(self, interceptors: Sequence[Interceptor]) -> None:
        self._interceptors = tuple(interceptors)

    def around(self, call: ServerCall) -> ExitStack:
        """Enter all of them; the stack that is returned leaves them."""
        with ExitStack() as stack:
            for interceptor in self._interceptors:
                stack.enter_context(interceptor.around(call))
            return stack.pop_all()


def internal_error(request_id: str) -> Status:
    """Give the status for what a client must know nothing about but that it happened."""
    text = f"internal error (request id {request_id})"
    return Status(grpc.StatusCode.INTERNAL, text)
