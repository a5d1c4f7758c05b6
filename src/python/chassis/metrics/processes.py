"""Metrics of single processes, side by side."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import Metric

PARENT = 0
"""Stands in the label `worker` for the process that tells of the others."""


class ProcessMetrics:
    """What prometheus_client tells of a process, for this one and its workers; a collector.

    workers: gives the processes that live, by the number that stands in the label `worker`. A
        number is to be given again, or the set of labels would grow with every restart.
    """

    def __init__(self, workers: Callable[[], Mapping[int, int]]) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        families: dict[str, Metric] = {}
        for number, pid in {PARENT: os.getpid(), **self._workers()}.items():
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
