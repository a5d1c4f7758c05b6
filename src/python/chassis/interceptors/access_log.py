"""One line for every call."""

from collections.abc import Callable, Collection
from time import perf_counter
from types import TracebackType

import grpc
from structlog.contextvars import bind_contextvars
from structlog.typing import FilteringBoundLogger

from chassis.interceptors.call import ServerCall


class AccessLog:
    """Writes a line when a call ends: who asked for what, how it ended, and how long it took.

    Nothing of a request's or a response's content is in it. Lines that the servicer logs meanwhile
    carry the same request id.

    quiet: services whose lines are DEBUG rather than INFO, such as health checks.
    clock: gives seconds; only differences matter.
    """

    def __init__(
        self,
        log: FilteringBoundLogger,
        quiet: Collection[str] = (),
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        # Bound now, not with each line.
        self._log = log.bind()
        self._quiet = frozenset(quiet)
        self._clock = clock

    def around(self, call: ServerCall) -> "_Line":
        """See `Interceptor`."""
        write = self._log.debug if call.service in self._quiet else self._log.info
        return _Line(call, write, self._clock)


class _Line:
    __slots__ = ("_call", "_clock", "_started", "_write")

    def __init__(
        self, call: ServerCall, write: Callable[..., object], clock: Callable[[], float]
    ) -> None:
        self._call = call
        self._write = write
        self._clock = clock

    def __enter__(self) -> None:
        self._started = self._clock()
        bind_contextvars(request_id=self._call.request_id)

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        call = self._call
        duration = self._clock() - self._started
        left = None if call.time_left is None else round(call.time_left - duration, 6)
        self._write(
            "call",
            grpc_service=call.service,
            grpc_method=call.method,
            grpc_type=call.kind.value,
            grpc_code=(call.code or grpc.StatusCode.INTERNAL).name,
            duration_seconds=round(duration, 6),
            deadline_left_seconds=left,
            peer=call.peer,
            request_id=call.request_id,
            peer_identities=list(call.identities),
        )
