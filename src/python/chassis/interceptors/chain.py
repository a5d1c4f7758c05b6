"""Interceptors in order, around each call. Neither they nor this know threads from asyncio."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
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

    def around(self, call: ServerCall) -> "_Around":
        """Give what enters all of them, and leaves them in reverse."""
        return _Around(self._interceptors, call)


class _Around:
    """What `contextlib.ExitStack` would do, at a third of its cost, for there is one per call."""

    __slots__ = ("_call", "_entered", "_interceptors")

    def __init__(self, interceptors: tuple[Interceptor, ...], call: ServerCall) -> None:
        self._interceptors = interceptors
        self._call = call
        self._entered: list[AbstractContextManager[None]] = []

    def __enter__(self) -> None:
        try:
            for interceptor in self._interceptors:
                around = interceptor.around(self._call)
                around.__enter__()
                self._entered.append(around)
        except BaseException as error:
            self._leave(error)
            raise

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        last = self._leave(error)
        if last is not error and last is not None:
            raise last

    def _leave(self, error: BaseException | None) -> BaseException | None:
        """Leave all that were entered, telling each the latest error; give that."""
        for around in reversed(self._entered):
            kind = None if error is None else type(error)
            traceback = None if error is None else error.__traceback__
            try:
                around.__exit__(kind, error, traceback)
            except BaseException as another:
                error = another
        return error


def internal_error(request_id: str) -> Status:
    """Give the status for what a client must know nothing about but that it happened."""
    text = f"internal error (request id {request_id})"
    return Status(grpc.StatusCode.INTERNAL, text)
