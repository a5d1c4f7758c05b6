"""What is counted of every call, under the names of go-grpc-prometheus, so that dashboards fit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import grpc
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from chassis.interceptors.call import Ending, ServerCall
from chassis.interceptors.chain import Ended
from chassis.metrics.buckets import LATENCY_BUCKETS

UNKNOWN = "unknown"
"""Stands for all methods that do not exist: their names are for the client to invent."""

_METHOD = ("grpc_type", "grpc_service", "grpc_method")


class CallMetrics:
    """Counts the calls of a server.

    grpc_server_started_total: calls that arrived, by type, service and method.
    grpc_server_handled_total: calls that ended, by those and by code.
    grpc_server_handling_seconds: how long they took.
    grpc_server_in_flight: calls that have arrived and not ended.
    grpc_server_exceptions_total: calls that ended by an exception other than a refusal, by its
        class.
    grpc_server_msg_received_total, grpc_server_msg_sent_total: messages of streams, either way,
        counted when the call ends. What does not stream is one message a call, and is not counted
        apart: that would cost each call more than it tells.

    clock: gives seconds; only differences matter.
    """

    def __init__(
        self, registry: CollectorRegistry, clock: Callable[[], float] = perf_counter
    ) -> None:
        self._started = Counter(
            "grpc_server_started", "Calls that arrived.", _METHOD, registry=registry
        )
        self._handled = Counter(
            "grpc_server_handled", "Calls that ended.", (*_METHOD, "grpc_code"), registry=registry
        )
        self._seconds = Histogram(
            "grpc_server_handling_seconds",
            "How long calls took.",
            _METHOD,
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self._in_flight = Gauge(
            "grpc_server_in_flight",
            "Calls that have arrived and not ended.",
            _METHOD,
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._exceptions = Counter(
            "grpc_server_exceptions",
            "Calls that ended by an exception.",
            (*_METHOD, "exception_type"),
            registry=registry,
        )
        self._received = Counter(
            "grpc_server_msg_received", "Messages of streams received.", _METHOD, registry=registry
        )
        self._sent = Counter(
            "grpc_server_msg_sent", "Messages of streams sent.", _METHOD, registry=registry
        )
        self._clock = clock
        self._by_method: dict[tuple[str, str], _MethodMetrics] = {}

    def begin(self, call: ServerCall) -> Ended:
        """See `Interceptor`."""
        key = (call.service, call.method) if call.known else (UNKNOWN, UNKNOWN)
        # Two threads that come first may both make one; they count the same children.
        metrics = self._by_method.get(key) or self._by_method.setdefault(key, self._make(call, key))
        clock = self._clock
        started = clock()
        metrics.started.inc()
        metrics.in_flight.inc()

        def ended(error: BaseException | None) -> None:
            metrics.in_flight.dec()
            metrics.seconds.observe(clock() - started)
            metrics.end(call.code or grpc.StatusCode.INTERNAL)
            if call.received:
                metrics.received().inc(call.received)
            if call.sent:
                metrics.sent().inc(call.sent)
            if error is not None and call.ending is Ending.RAISED:
                metrics.exceptions(type(error).__name__).inc()

        return ended

    def _make(self, call: ServerCall, key: tuple[str, str]) -> "_MethodMetrics":
        labels = (call.kind.value if call.known else UNKNOWN, *key)
        return _MethodMetrics(
            started=self._started.labels(*labels),
            in_flight=self._in_flight.labels(*labels),
            seconds=self._seconds.labels(*labels),
            handled=lambda code: self._handled.labels(*labels, code.name),
            exceptions=lambda name: self._exceptions.labels(*labels, name),
            received=lambda: self._received.labels(*labels),
            sent=lambda: self._sent.labels(*labels),
        )


@dataclass(slots=True)
class _MethodMetrics:
    """The metrics of one method, looked up once: to look them up for each call would cost more."""

    started: Counter
    in_flight: Gauge
    seconds: Histogram
    handled: Callable[[grpc.StatusCode], Counter]
    exceptions: Callable[[str], Counter]
    received: Callable[[], Counter]
    sent: Callable[[], Counter]
    by_code: dict[grpc.StatusCode, Counter] = field(default_factory=dict)

    def end(self, code: grpc.StatusCode) -> None:
        counter = self.by_code.get(code)
        if counter is None:
            counter = self.by_code[code] = self.handled(code)
        counter.inc()
