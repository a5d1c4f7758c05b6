"""The composition root: the one place where the parts of the service meet."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import grpc
from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from chassis.blocking import PartlyBlocking
from chassis.grpc_service import GetLogger, GrpcService
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.bad_request import bad_request
from chassis.interceptors.call import Status
from chassis.interceptors.status import StatusTable, public
from chassis.logs import configure_logs, get_logger
from chassis.service import Service
from chassis.workers.program import Program
from recommendations import legacy_servicer, v1_servicer
from recommendations.backing import Backing, chosen, in_memory
from recommendations.book_finder import BookFinder
from recommendations.catalog import Catalog
from recommendations.errors import (
    InvalidRequest,
    KeyReused,
    NoCatalog,
    NothingKept,
    StorageError,
    UnknownBook,
    UnknownCategory,
)
from recommendations.ranking.personal import PersonalRanking
from recommendations.ranking_failures import RankingFailures
from recommendations.readers import Readers
from recommendations.readiness import CATALOGUE
from recommendations.recommender import Recommender
from recommendations.search import Search
from recommendations.settings import RecommendationsSettings
from recommendations.storage.settings import MAX_CONNECTIONS

_SEARCHES = 2
"""How many searches go on at once; more stand in line."""
_NOT_KEPT = "the database is not to be had; the same request may be sent again"


def run(settings: RecommendationsSettings, rng: random.Random, program: Program) -> int:
    """Serve until told to stop, and give the exit code.

    program: what this process runs; its environment names the folder of the default database.

    Raises UnreadableCatalog, SchemaMismatch, CertificateError, ListenError or PortFileError when
    the service cannot start.
    """
    configure_logs(settings.log_level, settings.log_format)
    backing = chosen(settings, program.environ, get_logger("recommendations"))
    service = service_over(backing, rng, get_logger, settings.refresh_seconds)
    return service.run(settings, "recommendations", program)


def new_service(
    catalog: Catalog, rng: random.Random, get_log: GetLogger = get_logger
) -> GrpcService:
    """Put both APIs together over one catalogue, without a database."""
    return service_over(in_memory(catalog), rng, get_log)


def service_over(
    backing: Backing,
    rng: random.Random,
    get_log: GetLogger = get_logger,
    refresh_seconds: float = 2.0,
) -> GrpcService:
    """Put both APIs together.

    refresh_seconds: how often to look whether the database has something newer.
    """
    failures = RankingFailures(get_log("recommendations"))
    ranking = PersonalRanking(backing.histories, rng, lambda: datetime.now(UTC).date())
    recommender = Recommender(backing.shops, ranking, rng, failures)
    readers = Readers(
        backing.shops, backing.interactions, backing.histories, lambda: datetime.now(UTC)
    )
    pool = ThreadPoolExecutor(MAX_CONNECTIONS, thread_name_prefix="database")
    finder = BookFinder(backing.shops)
    v1_methods = v1_servicer.V1Servicer(recommender, finder, Search(backing.index), readers)
    searches = ThreadPoolExecutor(_SEARCHES, thread_name_prefix="search")
    apart = PartlyBlocking(v1_methods, v1_servicer.LONG, searches)
    legacy = Service(
        legacy_servicer.SERVICE_NAME,
        legacy_servicer.LegacyServicer(recommender),
        legacy_servicer.add_to_server,
    )
    v1 = Service(
        v1_servicer.SERVICE_NAME,
        PartlyBlocking(apart, v1_servicer.BLOCKING, pool),
        v1_servicer.add_to_server,
    )
    board = HealthBoard({name: {CATALOGUE} for name in (OVERALL, legacy.name, v1.name)})
    board.report(CATALOGUE, well=backing.database is None, why="not read yet")

    @contextmanager
    def while_serving(registry: CollectorRegistry) -> Iterator[None]:
        try:
            if backing.database is None:
                yield
                return
            # Loaded only now, like all that needs SQLAlchemy, which is large.
            from recommendations.storage.refreshing import new_refresher

            refresher = new_refresher(
                backing.database,
                backing.prepare,
                backing.shops,
                backing.histories,
                backing.index,
                board,
                registry,
                get_log("storage"),
                rng,
                refresh_seconds,
            )
            with refresher:
                yield
            backing.database.close()
        finally:
            for each in (pool, searches):
                each.shutdown(wait=False, cancel_futures=True)

    statuses: StatusTable = {
        InvalidRequest: _bad_request,
        UnknownCategory: public(grpc.StatusCode.NOT_FOUND),
        UnknownBook: public(grpc.StatusCode.NOT_FOUND),
        KeyReused: public(grpc.StatusCode.ALREADY_EXISTS),
        NothingKept: public(grpc.StatusCode.FAILED_PRECONDITION),
        NoCatalog: public(grpc.StatusCode.UNAVAILABLE),
        StorageError: partial(_unavailable, get_log("storage")),
    }
    service = GrpcService((legacy, v1), board, statuses, get_log, while_serving)
    service.registry.register(failures.counter)
    return service


def _bad_request(error: InvalidRequest) -> Status:
    return bad_request((each.field, each.description) for each in error.violations)


def _unavailable(log: FilteringBoundLogger, error: StorageError) -> Status:
    # The client gets no more than that: where the database is, is none of its business.
    log.warning("database failed a call", why=str(error))
    return Status(grpc.StatusCode.UNAVAILABLE, _NOT_KEPT)
