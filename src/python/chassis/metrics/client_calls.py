"""What is counted of the calls that we make, under the names of go-grpc-prometheus."""

from collections.abc import Callable
from functools import lru_cache
from time import perf_counter

import grpc
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from chassis.interceptors.client import ClientCall, Ended
from chassis.metrics.buckets import LATENCY_BUCKETS

_METHOD = ("grpc_type", "grpc_service", "grpc_method")
_MOST_SERIES = 512
"""Of methods and codes; more are looked up each time."""


class ClientCallMetrics:
    """Counts calls as their callers see them; a `chassis.interceptors.client.ClientInterceptor`.

    grpc_client_started_total: calls that were begun, by type, service and method.
    grpc_client_handled_total: calls that ended, by those and by code.
    grpc_client_handling_seconds: how long they took.
    grpc_client_in_flight: calls that were begun and have not ended.

    A call counts once, however often gRPC tried it within its deadline: its time is that of all
    tries with the pauses between them, and its code that of the last. A call that was never sent,
    for want of a connection or of time, counts too. A stream lasts until its status is known, or
    until its caller cancels it or lets go of it.

    clock: gives seconds; only differences matter.
    """

    def __init__(
        self, registry: CollectorRegistry, clock: Callable[[], float] = perf_counter
    ) -> None:
        self._started = Counter(
            "grpc_client_started", "Calls that were begun.", _METHOD, registry=registry
        )
        self._handled = Counter(
            "grpc_client_handled", "Calls that ended.", (*_METHOD, "grpc_code"), registry=registry
        )
        self._seconds = Histogram(
            "grpc_client_handling_seconds",
            "How long calls took.",
            _METHOD,
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self._in_flight = Gauge(
            "grpc_client_in_flight",
            "Calls that were begun and have not ended.",
            _METHOD,
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._clock = clock
        # A series is looked up by a lock and several copies of its labels. There are few of them.
        self._of_method = lru_cache(_MOST_SERIES)(self._series)
        self._of_code = lru_cache(_MOST_SERIES)(self._handled.labels)

    def begin(self, call: ClientCall) -> Ended:
        """See `chassis.interceptors.client.ClientInterceptor`."""
        labels = (call.kind.value, call.service, call.method)
        started, in_flight, seconds = self._of_method(*labels)
        started.inc()
        in_flight.inc()
        begun = self._clock()

        def end() -> None:
            seconds.observe(self._clock() - begun)
            in_flight.dec()
            code = call.code or grpc.StatusCode.UNKNOWN
            self._of_code(*labels, code.name).inc()

        return end

    def _series(self, *labels: str) -> tuple[Counter, Gauge, Histogram]:
        in_flight, seconds = self._in_flight.labels(*labels), self._seconds.labels(*labels)
        return self._started.labels(*labels), in_flight, seconds
