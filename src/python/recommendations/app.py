"""The composition root: the one place where the parts of the service meet."""

import random

import grpc

from chassis.grpc_service import GetLogger, GrpcService
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.bad_request import bad_request
from chassis.interceptors.call import Status
from chassis.interceptors.status import public
from chassis.logs import configure_logs, get_logger
from chassis.service import Service
from chassis.workers.program import Program
from recommendations import legacy_servicer, v1_servicer
from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default, read_catalog
from recommendations.errors import InvalidRequest, UnknownCategory
from recommendations.recommender import Recommender
from recommendations.settings import RecommendationsSettings

CATALOGUE = "catalogue"
"""The component of health that both APIs need."""


def run(settings: RecommendationsSettings, rng: random.Random, program: Program) -> int:
    """Serve until told to stop, and give the exit code.

    program: what this process runs.

    Raises UnreadableCatalog, CertificateError, ListenError or PortFileError when the service cannot
    start.
    """
    path = settings.catalogue_file
    catalog = read_catalog(path) if path else load_default()
    configure_logs(settings.log_level, settings.log_format)
    log = get_logger("recommendations")
    log.info("catalogue read", file=str(path) if path else "default", books=len(catalog))
    return new_service(catalog, rng).run(settings, "recommendations", program)


def new_service(
    catalog: Catalog, rng: random.Random, get_log: GetLogger = get_logger
) -> GrpcService:
    """Put both APIs together over one catalogue."""
    recommender = Recommender(catalog, rng)
    legacy = Service(
        legacy_servicer.SERVICE_NAME,
        legacy_servicer.LegacyServicer(recommender),
        legacy_servicer.add_to_server,
    )
    v1 = Service(
        v1_servicer.SERVICE_NAME, v1_servicer.V1Servicer(recommender), v1_servicer.add_to_server
    )
    board = HealthBoard({name: {CATALOGUE} for name in (OVERALL, legacy.name, v1.name)})
    board.report(CATALOGUE, well=True)
    statuses = {InvalidRequest: _bad_request, UnknownCategory: public(grpc.StatusCode.NOT_FOUND)}
    return GrpcService((legacy, v1), board, statuses, get_log)


def _bad_request(error: InvalidRequest) -> Status:
    return bad_request((each.field, each.description) for each in error.violations)
