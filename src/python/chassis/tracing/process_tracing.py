"""Tracing of one process after another: nothing of it outlives a fork."""

import os
import threading
import weakref
from collections.abc import Collection

from opentelemetry.sdk.trace import SpanLimits
from opentelemetry.trace import Tracer
from structlog.typing import FilteringBoundLogger

from chassis.interceptors.client_tracing import TracedCalls
from chassis.interceptors.tracing import CallTracing
from chassis.tracing.provider import new_provider
from chassis.tracing.settings import TracingSettings

FLUSH_SECONDS = 2.0
"""How long the end of a process waits for spans to be sent."""
SCOPE = "chassis"
"""What OpenTelemetry calls the instrumentation scope of our spans."""


class ProcessTracing:
    """Makes the spans of each process that uses it, and sends them from a thread of that process.

    Neither that thread nor gRPC's connection outlives a fork, so a child never touches its
    parent's: what is needed is made when a process first traces. Safe to use from several threads.

    service_name: what traces call the service, unless a standard variable gives another name.

    Raises ValueError for the SDK's own limits of spans, if they are wrong; and `tracer`, when a
    process first asks for it, for what the exporter does not understand.
    """

    def __init__(
        self, settings: TracingSettings, service_name: str, log: FilteringBoundLogger
    ) -> None:
        SpanLimits()  # Reads and checks them.
        self._settings = settings
        self._service_name = service_name
        self._log = log
        self._lock = threading.Lock()
        self._made: _Made | None = None
        self._inherited: list[_Made] = []
        this = weakref.ref(self)

        def forked() -> None:
            if (tracing := this()) is not None:
                tracing._start_anew()

        os.register_at_fork(after_in_child=forked)

    def tracer(self) -> Tracer:
        """Give what makes this process' spans."""
        made = self._made
        if made is None:
            with self._lock:
                made = self._made
                if made is None:
                    made = self._made = _Made(self._settings, self._service_name)
        return made.tracer

    def of_server(self, quiet: Collection[str] = ()) -> CallTracing:
        """Give the interceptor of a gRPC server's calls; see `CallTracing`."""
        return CallTracing(self.tracer, quiet)

    def of_client(self, host: str, port: int) -> TracedCalls:
        """Give the interceptor of calls to a server; see `TracedCalls`."""
        return TracedCalls(self.tracer, host, port)

    def close(self, seconds: float = FLUSH_SECONDS) -> None:
        """Send what this process has not sent yet, and give up after a time: spans are then lost.

        Spans that end later are dropped.
        """
        with self._lock:
            made = self._made
        if made is not None and not made.close(seconds):
            self._log.warning("spans were lost, the collector did not take them", seconds=seconds)

    def _start_anew(self) -> None:
        self._lock = threading.Lock()  # Some thread of the parent may have held the old one.
        if self._made is not None:
            # To let it be collected would be to use its connection.
            self._inherited.append(self._made)
            self._made = None


class _Made:
    def __init__(self, settings: TracingSettings, service_name: str) -> None:
        self._provider, self._exporter = new_provider(settings, service_name)
        self.tracer = self._provider.get_tracer(SCOPE)

    def close(self, seconds: float) -> bool:
        """Flush and end; tell whether there was time for it."""
        # The SDK's own end may take 30 seconds, and takes no other bound.
        end = threading.Thread(target=self._provider.shutdown, name="trace-flush", daemon=True)
        end.start()
        end.join(seconds)
        in_time = not end.is_alive()
        self._exporter.shutdown()  # Ends what is being sent, if anything is.
        return in_time
