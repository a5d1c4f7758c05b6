"""Interceptors in order, around each call. Neither they nor this know threads from asyncio."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import grpc

from chassis.interceptors.call import ServerCall, Status

Ended = Callable[[BaseException | None], None]
"""Called once when a call has ended, with what was raised if anything was.

`call` says by then how the call ended. A status may be chosen by `call.answer`.
"""


class Interceptor(Protocol):
    """Work that is done around every call.

    It must not block, for on asyncio it runs on the event loop.
    """

    def begin(self, call: ServerCall) -> Ended | None:
        """Look at a call before the servicer sees it; give what is to be done at its end.

        May raise to refuse the call; an interceptor further out maps the exception to a status.
        """


class Chain:
    """Interceptors, the outermost first: the first to begin is the last to end."""

    def __init__(self, interceptors: Sequence[Interceptor]) -> None:
        self._begin = tuple(each.begin for each in interceptors)

    def begin(self, call: ServerCall, to_end: list[Ended]) -> None:
        """Begin with one after the other, and note what is to be done at the end.

        Raises what the first of them raises; those before it are noted by then.
        """
        for begin in self._begin:
            if (ended := begin(call)) is not None:
                to_end.append(ended)

    def end(self, to_end: list[Ended], error: BaseException | None) -> BaseException | None:
        """End all that have begun, telling each the latest error; give that."""
        try:
            for ended in reversed(to_end):
                try:
                    ended(error)
                except BaseException as another:
                    error = another
            return error
        finally:
            del error  # Its traceback leads here, and so to itself.

    @contextmanager
    def around(self, call: ServerCall, innermost: Ended | None = None) -> Iterator[None]:
        """Begin with all of them, and end them when the block is left.

        innermost: what is called at the end before all of them, if the block's turn came.
        """
        to_end: list[Ended] = []
        error: BaseException | None = None
        try:
            self.begin(call, to_end)
            if innermost is not None:
                to_end.append(innermost)
            yield
        except BaseException as raised:
            error = raised
        try:
            if (error := self.end(to_end, error)) is not None:
                raise error
        finally:
            del error  # As in `end`.


def internal_error(request_id: str) -> Status:
    """Give the status for what a client must know nothing about but that it happened."""
    text = f"internal error (request id {request_id})"
    return Status(grpc.StatusCode.INTERNAL, text)
