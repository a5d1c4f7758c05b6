"""One line for every call."""

from collections.abc import Callable, Collection
from contextvars import ContextVar, copy_context
from time import perf_counter

import grpc
from structlog.contextvars import bind_contextvars
from structlog.typing import EventDict, FilteringBoundLogger

from chassis.interceptors.call import ServerCall
from chassis.interceptors.chain import Ended
from chassis.json_lines import event_writer


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
        bound = log.bind()
        self._write = event_writer(bound, "INFO", _event)
        self._write_quiet = event_writer(bound, "DEBUG", _event)
        self._quiet = frozenset(quiet)
        self._clock = clock
        self._request_id = _variable("request_id")

    def begin(self, call: ServerCall) -> Ended | None:
        """See `Interceptor`."""
        self._request_id.set(call.request_id)
        write = self._write_quiet if call.service in self._quiet else self._write
        if write is None:
            return None
        clock = self._clock
        started = clock()

        def ended(_: BaseException | None) -> None:
            duration = clock() - started
            # Or the line that is still to be made would keep what gRPC has of the call, and what
            # the client sent, which is large if it likes.
            call.auth_context, call.metadata = dict, ()
            write((call, duration))

        return ended


def _event(known: tuple[ServerCall, float]) -> EventDict:
    call, duration = known
    left = call.time_left
    return {
        "event": "call",
        "grpc_service": call.service,
        "grpc_method": call.method,
        # As `value` and `name`, which are properties that take a while.
        "grpc_type": call.kind._value_,
        "grpc_code": (call.code or grpc.StatusCode.INTERNAL)._name_,
        "duration_seconds": _micros(duration),
        "deadline_left_seconds": None if left is None else _micros(left - duration),
        "peer": call.peer,
        "request_id": call.request_id,
        "peer_identities": list(call.identities),
    }


def _variable(name: str) -> ContextVar[object]:
    """Give the variable that `bind_contextvars` sets: to set it oneself is to save a lookup."""
    return copy_context().run(lambda: bind_contextvars(**{name: ""})[name].var)


def _micros(seconds: float) -> float:
    """Cut off what is less than a microsecond; a third of the time that `round` takes."""
    return int(seconds * 1e6) / 1e6
