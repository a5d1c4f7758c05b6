"""Metrics of worker processes, as their supervisor sees them."""

import os
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.metrics_core import Metric

from chassis.workers.workforce import Workforce

SUPERVISOR = 0
"""Stands in the label `worker` for the supervisor itself."""


class WorkerMetrics:
    """What is measured of workers; an `Observer`.

    server_workers_serving: how many worker processes say that they serve.
    server_worker_restarts_total: how many took the place of one that had ended.
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
            registry=registry,
        )
        self.process_ended = process_ended

    def restarted(self) -> None:
        """See `Observer`."""
        self._restarts.inc()

    def watch(self, workers: Workforce) -> None:
        """Tell of these workers from now on."""
        self._serving.set_function(lambda: workers.serving)
        self._registry.register(_Processes(workers))


class _Processes:
    """Gives the metrics of single processes the label `worker`."""

    def __init__(self, workers: Workforce) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        living = {each.number: each.pid for each in self._workers.processes}
        for number, pid in ({SUPERVISOR: os.getpid()} | living).items():
            for family in _of_process(pid):
                kept = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    kept.add_sample(sample.name, {"worker": str(number)}, sample.value)
        yield from families.values()


def _of_process(pid: int) -> Iterable[Metric]:
    """Give what there is to tell: of a process that has just ended that is nothing."""
    return ProcessCollector(pid=lambda: pid, registry=None).collect()
