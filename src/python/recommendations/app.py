"""The composition root: the one place where the parts of the service meet."""

import random

import grpc
from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from chassis import servers
from chassis.grpc_settings import ServerKind
from chassis.health import OVERALL, HealthBoard
from chassis.health_messages import SERVICE_NAME as HEALTH
from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.bad_request import bad_request
from chassis.interceptors.call import Status
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.status import StatusMapping, public
from chassis.lifecycle import Server, serve
from chassis.logs import configure_logs, get_logger
from chassis.server_options import ServerOptions
from chassis.service import Service
from chassis.tls.metrics import TlsMetrics
from chassis.tls.serving import PLAIN_TEXT, ServerTls, server_tls
from recommendations import legacy_servicer, v1_servicer
from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default, read_catalog
from recommendations.errors import InvalidRequest, UnknownCategory
from recommendations.recommender import Recommender
from recommendations.settings import RecommendationsSettings

CATALOGUE = "catalogue"
"""The component of health that both APIs need."""

DEFAULT_OPTIONS = ServerOptions()


def run(settings: RecommendationsSettings, rng: random.Random) -> int:
    """Serve until told to stop, and give the exit code.

    Raises UnreadableCatalog, CertificateError, ListenError or PortFileError when the service cannot
    start.
    """
    path = settings.catalogue_file
    catalog = read_catalog(path) if path else load_default()
    configure_logs(settings.log_level, settings.log_format)
    log = get_logger("recommendations")
    log.info("catalogue read", file=str(path) if path else "default", books=len(catalog))
    board = new_board()
    board.report(CATALOGUE, well=True)
    registry = CollectorRegistry()
    with server_tls(settings, TlsMetrics(registry), get_logger("tls")) as tls:
        server = new_server(
            catalog,
            rng,
            board,
            get_logger("grpc.server"),
            tls,
            settings.server_options(),
            settings.server_kind,
        )
        return serve(server, board, settings, log)


def new_board() -> HealthBoard:
    """Make the board of health, on which nothing is well yet."""
    names = (OVERALL, legacy_servicer.SERVICE_NAME, v1_servicer.SERVICE_NAME)
    return HealthBoard({name: {CATALOGUE} for name in names})


def new_server(
    catalog: Catalog,
    rng: random.Random,
    board: HealthBoard,
    log: FilteringBoundLogger,
    tls: ServerTls = PLAIN_TEXT,
    options: ServerOptions = DEFAULT_OPTIONS,
    kind: ServerKind = "threads",
) -> Server:
    """Put the server together."""
    recommender = Recommender(catalog, rng)
    services = (
        Service(
            legacy_servicer.SERVICE_NAME,
            legacy_servicer.LegacyServicer(recommender),
            legacy_servicer.add_to_server,
        ),
        Service(
            v1_servicer.SERVICE_NAME,
            v1_servicer.V1Servicer(recommender),
            v1_servicer.add_to_server,
        ),
    )
    interceptors = (*new_interceptors(log), *tls.interceptors)
    return servers.new_server(kind, services, interceptors, board, options, tls.credentials)


def new_interceptors(log: FilteringBoundLogger) -> tuple[Interceptor, ...]:
    """Make the interceptors, in their order; what authorizes peers comes after them."""
    return (
        AccessLog(log, quiet={HEALTH}),
        StatusMapping(
            {InvalidRequest: _bad_request, UnknownCategory: public(grpc.StatusCode.NOT_FOUND)}, log
        ),
    )


def _bad_request(error: InvalidRequest) -> Status:
    return bad_request((each.field, each.description) for each in error.violations)
