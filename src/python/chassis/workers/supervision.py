"""A service that runs as several processes: what its supervisor consists of."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from chassis.address import join
from chassis.admin import admin_app, admin_port
from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.health import OVERALL, HealthBoard
from chassis.lifecycle import stop_seconds
from chassis.metrics.process_files import process_files
from chassis.port_file import port_file
from chassis.private_folder import private_folder
from chassis.tls.serving import check_certificates
from chassis.workers.metrics import WorkerMetrics
from chassis.workers.program import Program
from chassis.workers.reserved_port import reserved_port
from chassis.workers.restarts import RestartPolicy
from chassis.workers.supervisor import WORKERS, Supervisor
from chassis.workers.worker_process import WorkerProcess
from chassis.workers.workforce import Workforce

GetLogger = Callable[[str], FilteringBoundLogger]


def supervise(
    settings: GrpcServiceSettings,
    name: str,
    program: Program,
    get_log: GetLogger,
    policy: RestartPolicy | None = None,
) -> int:
    """Run a service as `settings.workers` processes until told to stop, and give the exit code.

    name: of the service, for its log lines.
    program: what the processes run. They see from their environment that they are workers.

    This process uses no gRPC: it keeps the port, watches the others, asks them whether they answer,
    and answers the admin port with the totals of their metrics.

    Raises CertificateError, ListenError or PortFileError when the service cannot start.
    """
    check_certificates(settings)
    log = get_log(name)
    board = HealthBoard({OVERALL: {WORKERS}})
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port(settings.listen_host, settings.listen_port))
        files = stack.enter_context(process_files()) if settings.admin_port is not None else None
        registry = files.registry() if files else CollectorRegistry()
        metrics = WorkerMetrics(registry, files.process_ended if files else _forget)
        own = Program(program.command, {**program.environ, **(files.environ() if files else {})})
        folder = stack.enter_context(private_folder("workers"))
        seconds = settings.worker_timeout_seconds
        workers = Workforce(
            lambda number: WorkerProcess(number, own, port, folder, seconds),
            settings.workers,
            metrics,
            log,
            policy or RestartPolicy(),
        )
        metrics.watch(workers)
        if settings.admin_port is not None:
            app = admin_app(board, registry)
            stack.enter_context(
                admin_port(settings.admin_host, settings.admin_port, app, get_log("admin"))
            )

        @contextmanager
        def announce() -> Iterator[None]:
            with port_file(settings.port_file, port):
                address = join(settings.listen_host, port)
                log.info("listening", address=address, workers=settings.workers)
                yield

        return Supervisor(workers, board, stop_seconds(settings), log).run(announce)


def _forget(_: int) -> None:
    """Nobody asks for metrics."""
