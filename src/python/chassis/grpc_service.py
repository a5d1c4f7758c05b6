"""A gRPC service put together: what is the same for every one, in one place."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from structlog.typing import FilteringBoundLogger

from chassis.admin import admin_app, admin_port
from chassis.event_loop import EventLoopThread
from chassis.garbage import expect_calls
from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.grpc_settings import GrpcSettings
from chassis.health import HealthBoard
from chassis.health_messages import SERVICE_NAME as HEALTH
from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.deadline import DeadlineBudget
from chassis.interceptors.metrics import CallMetrics
from chassis.interceptors.status import StatusMapping, StatusTable
from chassis.lifecycle import serve
from chassis.logs import get_logger
from chassis.loop_watchdog import LoopMetrics, LoopWatchdog
from chassis.memory import memory_given_back
from chassis.servers import GrpcServer, new_server
from chassis.service import Service
from chassis.tls.metrics import TlsMetrics
from chassis.tls.serving import PLAIN_TEXT, ServerTls, server_tls
from chassis.tracing.switch import tracing
from chassis.workers.program import Program
from chassis.workers.worker import Worker

GetLogger = Callable[[str], FilteringBoundLogger]

WhileServing = Callable[[CollectorRegistry], AbstractContextManager[object]]
"""Makes what goes on beside the calls; its metrics go to the registry."""


class GrpcService:
    """Services to be served, with all that the chassis puts around them.

    board: what is healthy; the caller reports its components.
    statuses: how the services' exceptions become statuses.
    while_serving: entered before the server listens, in the process that serves, and left when it
        has stopped.
    """

    def __init__(
        self,
        services: Sequence[Service],
        board: HealthBoard,
        statuses: StatusTable,
        get_log: GetLogger = get_logger,
        while_serving: WhileServing = nullcontext,
    ) -> None:
        self._services = services
        self._board = board
        self._statuses = statuses
        self._get_log = get_log
        self.while_serving = while_serving
        self.registry = CollectorRegistry()

    def run(self, settings: GrpcServiceSettings, name: str, program: Program) -> int:
        """Serve until told to stop, and give the exit code; see `chassis.lifecycle.serve`.

        name: of the service, for its log lines.
        program: what this process runs, for more than one worker.

        Raises CertificateError, ListenError or PortFileError when it cannot start.
        """
        # When each series began doubles their number, and several processes could not tell.
        without_created: Callable[[], None] = disable_created_metrics
        without_created()
        if worker := Worker.of(program.environ):
            worker.leave_stacks()
            self._services = worker.listener.added_to(self._services)
            self._get_log = worker.naming(self._get_log)
            return self._serve(worker.settings(settings), name, worker)
        if settings.workers > 1:
            # What supervises serves no calls, and what serves them does not supervise.
            from chassis.workers.supervision import supervise

            return supervise(settings, name, program, self._get_log)
        return self._serve(settings, name)

    def _serve(self, settings: GrpcServiceSettings, name: str, worker: Worker | None = None) -> int:
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        tls_metrics = TlsMetrics(self.registry)
        with ExitStack() as stack:
            tls = stack.enter_context(server_tls(settings, tls_metrics, self._get_log("tls")))
            if settings.admin_port is not None:
                app = admin_app(self._board, self.registry, self._board.details)
                log = self._get_log("admin")
                stack.enter_context(admin_port(settings.admin_host, settings.admin_port, app, log))
            traces = stack.enter_context(tracing(settings, name, self._get_log("tracing")))
            stack.enter_context(self.while_serving(self.registry))
            stack.enter_context(memory_given_back())
            server = self.server(settings, tls, [traces.of_server({HEALTH})] if traces else ())
            expect_calls()
            announce = None
            if worker:
                worker.wait_until_healthy(self._board, self._get_log(name))
                announce = worker.announcing(self._board, settings, server.has_moved)
            return serve(server, self._board, settings, self._get_log(name), worker, announce)

    def server(
        self,
        settings: GrpcSettings,
        tls: ServerTls = PLAIN_TEXT,
        traces: Sequence[Interceptor] = (),
    ) -> GrpcServer:
        """Make the server. Its metrics are in `registry`, so one is made.

        traces: the interceptor that makes spans, if there is one.
        """
        return new_server(
            settings.server_kind,
            self._services,
            self.interceptors(settings, tls, traces),
            self._board,
            settings.server_options(),
            tls.credentials,
            self._watch,
        )

    def interceptors(
        self,
        settings: GrpcSettings,
        tls: ServerTls,
        traces: Sequence[Interceptor] = (),
    ) -> tuple[Interceptor, ...]:
        """Give the interceptors in their order.

        The log's lines name the trace that is around them. The log and the metrics see what the
        mapping made of an exception, and the mapping sees what is refused within it. Calls that are
        late are refused before their peer is looked at.
        """
        log = self._get_log("grpc.server")
        return (
            *traces,
            AccessLog(log, quiet={HEALTH}),
            CallMetrics(self.registry),
            StatusMapping(self._statuses, log),
            DeadlineBudget(settings.max_call_seconds),
            *tls.interceptors,
        )

    def _watch(self, loop: EventLoopThread) -> LoopWatchdog:
        return LoopWatchdog(loop, LoopMetrics(self.registry), self._get_log("event-loop"))
