"""Metrics of worker processes, as their supervisor sees them."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from chassis.metrics.processes import ProcessMetrics
from chassis.workers.living_worker import Reason
from chassis.workers.workforce import Workforce


class WorkerMetrics:
    """What is measured of workers; an `Observer`.

    server_workers_serving: how many worker processes say that they serve.
    server_worker_restarts_total: how many took the place of another, by the reason why that ended,
        a `Reason`.
    process_…: what prometheus_client tells of a process, for each of them, by the label `worker`.

    process_ended: is told which processes have been waited for.
    """

    def __init__(self, registry: CollectorRegistry, process_ended: Callable[[int], None]) -> None:
        self._registry = registry
        self._serving = Gauge(
            "server_workers_serving", "Worker processes that serve.", registry=registry
        )
        self._restarts = Counter(
            "server_worker_restarts",
            "Worker processes that took the place of others.",
            ["reason"],
            registry=registry,
        )
        for reason in Reason:
            self._restarts.labels(reason.value)
        self.process_ended = process_ended

    def restarted(self, reason: Reason) -> None:
        """See `Observer`."""
        self._restarts.labels(reason.value).inc()

    def watch(self, workers: Workforce) -> None:
        """Tell of these workers from now on."""
        self._serving.set_function(lambda: workers.serving)
        self._registry.register(
            ProcessMetrics(lambda: {each.number: each.pid for each in workers.processes})
        )
