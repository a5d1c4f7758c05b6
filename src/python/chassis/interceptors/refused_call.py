"""A call that was refused before it was made, to those who expect one of gRPC's."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

import grpc

from chassis.interceptors.call import Status


class RefusedCall(grpc.RpcError, grpc.Call):
    """Is what gRPC gives and raises for a call that has failed: call, future, stream and error."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.details)
        self._status = status

    def code(self) -> grpc.StatusCode:
        """See `grpc.Call`."""
        return self._status.code

    def details(self) -> str:
        """See `grpc.Call`."""
        return self._status.details

    def initial_metadata(self) -> Any:
        """See `grpc.Call`."""
        return ()

    def trailing_metadata(self) -> Any:
        """See `grpc.Call`."""
        return ()

    def is_active(self) -> bool:
        """See `grpc.RpcContext`."""
        return False

    def time_remaining(self) -> Any:
        """See `grpc.RpcContext`."""
        return None

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """See `grpc.RpcContext`: it is too late for one."""
        return False

    def cancel(self) -> bool:
        """See `grpc.Future`."""
        return False

    def cancelled(self) -> bool:
        """See `grpc.Future`."""
        return False

    def running(self) -> bool:
        """See `grpc.Future`."""
        return False

    def done(self) -> bool:
        """See `grpc.Future`."""
        return True

    def result(self, timeout: float | None = None) -> NoReturn:
        """See `grpc.Future`."""
        raise self

    def exception(self, timeout: float | None = None) -> Exception:
        """See `grpc.Future`."""
        return self

    def traceback(self, timeout: float | None = None) -> TracebackType | None:
        """See `grpc.Future`."""
        return self.__traceback__

    def add_done_callback(self, fn: Callable[[Any], None]) -> None:
        """See `grpc.Future`."""
        fn(self)

    def __iter__(self) -> "RefusedCall":
        return self

    def __next__(self) -> NoReturn:
        raise self
