"""The admin port: the master's own, where it tells of itself and of all its workers."""

from collections.abc import Iterator
from contextlib import contextmanager

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from structlog.typing import FilteringBoundLogger

from chassis.admin import admin_app, admin_port
from chassis.admin_settings import AdminSettings
from chassis.logs import get_logger
from chassis.metrics.process_files import ProcessFiles
from chassis.metrics.processes import ProcessMetrics
from marketplace.gunicorn_server import DrainingArbiter


class WorkerEnds:
    """Is told by gunicorn of each worker that has ended, in whatever way.

    files: where the workers keep their metrics, if they do.
    """

    def __init__(self, files: ProcessFiles | None, log: FilteringBoundLogger) -> None:
        self._files = files
        self._log = log
        self.count = 0

    def __call__(self, _: Arbiter, worker: Worker) -> None:
        """Count the worker, and let what it had counted stay in the totals."""
        self.count += 1
        if self._files is None:
            return
        try:
            self._files.process_ended(int(worker.pid))
        except (OSError, ValueError):
            # Its files stay as they are, and the master must not end of that.
            self._log.exception("metrics of an ended worker stay apart", worker=int(worker.pid))


class MasterMetrics:
    """What the master alone knows, in the form of a collector: the workers never see it."""

    def __init__(self, arbiter: DrainingArbiter, ends: WorkerEnds) -> None:
        self._arbiter = arbiter
        self._ends = ends

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        yield GaugeMetricFamily(
            "marketplace_workers", "Worker processes that take visitors.", self._arbiter.serving
        )
        yield CounterMetricFamily(
            "marketplace_workers_ended", "Worker processes that have ended.", self._ends.count
        )


@contextmanager
def master_admin_port(
    settings: AdminSettings, arbiter: DrainingArbiter, files: ProcessFiles, ends: WorkerEnds
) -> Iterator[None]:
    """Serve probes and metrics, of all processes, while the block runs. Raises ListenError.

    The master does nothing else that could keep it from answering, however busy its workers are.
    """
    registry = files.registry()
    registry.register(MasterMetrics(arbiter, ends))
    registry.register(ProcessMetrics(arbiter.processes))
    app = admin_app(arbiter, registry)
    with admin_port(settings.admin_host, settings.admin_port or 0, app, get_logger("admin")):
        yield
