"""The composition root: the one place where the parts of the service meet."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import grpc
from flask import Flask
from gunicorn.arbiter import Arbiter
from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from chassis.address import join
from chassis.channel import ProcessChannel, open_channel
from chassis.interceptors.client import ClientInterceptor
from chassis.interceptors.client_deadline import RemainingTime
from chassis.interceptors.client_threads import intercepted
from chassis.logs import configure_logs, get_logger
from chassis.metrics.client_calls import ClientCallMetrics
from chassis.metrics.process_files import ProcessFiles, process_files
from chassis.port_file import port_file
from chassis.tls.calling import ClientTls
from chassis.tls.metrics import TlsMetrics
from chassis.tracing.switch import new_tracing
from marketplace.admin import WorkerEnds, master_admin_port
from marketplace.app import create_app
from marketplace.backend import new_backend, new_clients
from marketplace.gunicorn_conf import gunicorn_options
from marketplace.gunicorn_server import Application, DrainingArbiter
from marketplace.http_metrics import HttpMetrics
from marketplace.listener import listen
from marketplace.readers import new_readers
from marketplace.recommendations_client import CHANNEL_SETTINGS
from marketplace.settings import MarketplaceSettings
from marketplace.shared_flag import SharedFlag
from marketplace.worker_tracing import page_tracing, worker_hooks

if TYPE_CHECKING:
    from chassis.tracing.process_tracing import ProcessTracing

LOGGER = "marketplace"
"""Writes a line for each request, among others."""
VIEWS_SECONDS = 2.0
"""How long a worker that ends goes on recording views."""


def run(settings: MarketplaceSettings) -> int:
    """Serve until told to stop, and give the exit code.

    Raises CertificateError, ListenError or PortFileError when the service cannot start.
    """
    configure_logs(settings.log_level, settings.log_format, unhurried=[LOGGER])
    log = get_logger(LOGGER)
    with ExitStack() as stack:
        files = stack.enter_context(_kept_files()) if settings.admin_port is not None else None
        ends = WorkerEnds(files, log)
        listener = stack.enter_context(listen(settings.listen_host, settings.listen_port))
        port = listener.getsockname()[1]

        def announce(arbiter: DrainingArbiter) -> None:
            if files:
                stack.enter_context(master_admin_port(settings, arbiter, files, ends))
            stack.enter_context(port_file(settings.port_file, port))
            log.info("listening", address=join(settings.listen_host, port))

        # Only gunicorn has the socket from here on: it closes it before the grace period.
        return serve(new_arbiter(settings, listener.detach(), log, announce, ends))


def new_arbiter(
    settings: MarketplaceSettings,
    listener: int,
    log: FilteringBoundLogger,
    announce: Callable[[DrainingArbiter], None],
    ends: WorkerEnds,
) -> DrainingArbiter:
    """Put the server together.

    listener: the descriptor of a socket that listens, which becomes the server's own.
    announce: called in the master once it would stop cleanly, before there are workers.
    ends: is told of each worker that has ended.
    """
    draining = SharedFlag()
    registry = CollectorRegistry()
    tracing = new_tracing(settings, "marketplace", get_logger("tracing"))
    channel = new_channel(settings, registry, tracing)
    clients = new_clients(channel, settings.recommendations_deadline_seconds, log)
    backend = new_backend(clients, settings, log, registry)
    readers = new_readers(settings, settings.forwarded_allow_ips, log)
    http_metrics = HttpMetrics(registry)
    trace_pages = page_tracing(settings, tracing)

    def make() -> Flask:
        return create_app(
            backend.get,
            readers,
            log,
            draining.is_set,
            settings.page_seconds,
            settings.deadline_margin_seconds,
            http_metrics,
            trace_pages,
        )

    def end() -> None:
        if made := backend.made():
            made.views.close(VIEWS_SECONDS)

    options = {**gunicorn_options(settings, listener), "when_ready": announce, "child_exit": ends}
    application = Application(make, {**options, **worker_hooks(tracing, end)})
    return DrainingArbiter(application, draining, settings.drain_seconds)


def new_channel(
    settings: MarketplaceSettings,
    registry: CollectorRegistry,
    tracing: "ProcessTracing | None" = None,
) -> ProcessChannel:
    """Make the channel, which connects to nothing yet: worker processes are still to be forked."""
    address = settings.recommendations_host
    tls = ClientTls(settings, TlsMetrics(registry), get_logger("tls"))
    interceptors: list[ClientInterceptor] = [
        ClientCallMetrics(registry),
        RemainingTime(settings.deadline_margin_seconds),
    ]
    if tracing:
        interceptors.append(tracing.of_client(address.host, address.port))

    def connect(credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
        return open_channel(address.host, address.port, CHANNEL_SETTINGS, credentials)

    return ProcessChannel(lambda: intercepted(tls.open(connect), interceptors))


@contextmanager
def _kept_files() -> Iterator[ProcessFiles]:
    """Keep all metrics that are made in the block in files, for the workers are to be forked."""
    with process_files() as files, files.kept_here():
        yield files


def serve(arbiter: Arbiter) -> int:
    """Run gunicorn and give the exit code; its worker processes end in here."""
    master = os.getpid()
    try:
        arbiter.run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    if os.getpid() != master:
        # A forked worker, done. What its caller would undo, such as the port file, is the master's.
        logging.shutdown()  # Lines may wait to be written.
        os._exit(status)
    return status if status == 0 or status > 128 else 1
