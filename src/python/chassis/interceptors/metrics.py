"""What is counted of every call, under the names of go-grpc-prometheus, so that dashboards fit.

A call notes that it came and went; many are counted together, at the latest when somebody asks.
"""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.metrics_core import Metric

from chassis.interceptors.call import Ending, ServerCall
from chassis.interceptors.chain import Ended
from chassis.interceptors.method_metrics import MethodMetrics
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
    notes: how many calls may wait to be counted. Where values are kept for other processes, which
        may ask at any time, none does.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        clock: Callable[[], float] = perf_counter,
        notes: int = 256,
    ) -> None:
        self._started = Counter(
            "grpc_server_started", "Calls that arrived.", _METHOD, registry=None
        )
        self._handled = Counter(
            "grpc_server_handled", "Calls that ended.", (*_METHOD, "grpc_code"), registry=None
        )
        self._seconds = Histogram(
            "grpc_server_handling_seconds",
            "How long calls took.",
            _METHOD,
            buckets=LATENCY_BUCKETS,
            registry=None,
        )
        self._in_flight = Gauge(
            "grpc_server_in_flight",
            "Calls that have arrived and not ended.",
            _METHOD,
            multiprocess_mode="livesum",
            registry=None,
        )
        self._exceptions = Counter(
            "grpc_server_exceptions",
            "Calls that ended by an exception.",
            (*_METHOD, "exception_type"),
            registry=None,
        )
        self._received = Counter(
            "grpc_server_msg_received", "Messages of streams received.", _METHOD, registry=None
        )
        self._sent = Counter(
            "grpc_server_msg_sent", "Messages of streams sent.", _METHOD, registry=None
        )
        self._clock = clock
        self._notes = 1 if _kept_for_others() else notes
        self._by_method: dict[tuple[str, str], MethodMetrics] = {}
        registry.register(self)

    def begin(self, call: ServerCall) -> Ended:
        """See `Interceptor`."""
        key = (call.service, call.method) if call.known else (UNKNOWN, UNKNOWN)
        # Two threads that come first may both make one; only one is kept.
        metrics = self._by_method.get(key) or self._by_method.setdefault(key, self._make(call, key))
        metrics.arrived.append(None)
        if len(metrics.arrived) >= self._notes:
            metrics.count()
        clock = self._clock
        started = clock()

        def ended(error: BaseException | None) -> None:
            exception = None
            if error is not None and call.ending is Ending.RAISED:
                exception = type(error).__name__
            gone = metrics.gone
            gone.append((clock() - started, call.code, call.received, call.sent, exception))
            if len(gone) >= self._notes:
                metrics.count()

        return ended

    def collect(self) -> Iterable[Metric]:
        """See `prometheus_client.registry.Collector`."""
        for metrics in [*self._by_method.values()]:
            metrics.count()
        return [family for each in self._metrics for family in each.collect()]

    def describe(self) -> Iterable[Metric]:
        """See `prometheus_client.registry.Collector`."""
        return [family for each in self._metrics for family in each.describe()]

    @property
    def _metrics(self) -> tuple[Any, ...]:
        return (
            *(self._started, self._handled, self._seconds, self._in_flight),
            *(self._exceptions, self._received, self._sent),
        )

    def _make(self, call: ServerCall, key: tuple[str, str]) -> "MethodMetrics":
        labels = (call.kind.value if call.known else UNKNOWN, *key)
        return MethodMetrics(
            started=self._started.labels(*labels),
            in_flight=self._in_flight.labels(*labels),
            seconds=self._seconds.labels(*labels),
            handled=lambda code: self._handled.labels(*labels, code),
            exceptions=lambda name: self._exceptions.labels(*labels, name),
            received=lambda: self._received.labels(*labels),
            sent=lambda: self._sent.labels(*labels),
        )


def _kept_for_others() -> bool:
    """Tell whether prometheus_client keeps values in files, for a parent process."""
    kind: Any = values.ValueClass
    return kind is not values.MutexValue
