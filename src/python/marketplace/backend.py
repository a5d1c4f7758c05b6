"""What pages ask of the recommendations service, and all that stands between."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from chassis.channel import ProcessChannel
from marketplace.abilities import Abilities
from marketplace.catalog import Catalog
from marketplace.catalog_client import CatalogClient
from marketplace.category import Category
from marketplace.circuit import Circuit, CircuitSettings
from marketplace.circuit_breaker import CircuitBreaker
from marketplace.coalescing import Coalescing
from marketplace.guarded import Guard, GuardedCatalog, GuardedReaderMemory
from marketplace.last_good import Ages
from marketplace.last_good_answers import LastGoodAnswers
from marketplace.per_process import PerProcess
from marketplace.reader_memory import ReaderMemory
from marketplace.reader_memory_client import ReaderMemoryClient
from marketplace.recommendations import Answer, Recommendations
from marketplace.recommendations_client import RecommendationsClient
from marketplace.recommendations_metrics import (
    CircuitReport,
    CountedRecommendations,
    RecommendationsMetrics,
    counted_if_told_still,
)
from marketplace.remembered_catalog import RememberedCatalog
from marketplace.settings import MarketplaceSettings
from marketplace.views import ViewMetrics, Views


@dataclass(frozen=True, slots=True)
class Clients:
    """The three ways to call the service."""

    recommendations: Recommendations
    catalog: Catalog
    memory: ReaderMemory


@dataclass(frozen=True, slots=True)
class Backend:
    """What the pages of one process ask.

    forget_answers: forgets what a reader was told.
    is_told_still: tells whether anybody who asks the same question now gets an answer of the same
        books without a call; if so, it is counted as asked.
    """

    recommendations: Recommendations
    catalog: Catalog
    memory: ReaderMemory
    views: Views
    abilities: Abilities
    forget_answers: Callable[[int], None]
    is_told_still: Callable[[Category, int, Answer], bool]


def new_clients(
    channel: ProcessChannel, deadline_seconds: float, log: FilteringBoundLogger
) -> Clients:
    """Make the clients, which connect to nothing yet."""
    return Clients(
        RecommendationsClient(channel, deadline_seconds, log),
        CatalogClient(channel, deadline_seconds, log),
        ReaderMemoryClient(channel, deadline_seconds, log),
    )


def new_backend(
    clients: Clients,
    settings: MarketplaceSettings,
    log: FilteringBoundLogger,
    registry: CollectorRegistry,
) -> PerProcess[Backend]:
    """Put together what each process makes for itself: one circuit for all that is called."""
    ages = Ages(settings.recommendations_fresh_seconds, settings.recommendations_stale_seconds)
    limits = CircuitSettings(
        settings.recommendations_circuit_failures, settings.recommendations_circuit_pause_seconds
    )
    metrics = RecommendationsMetrics(registry)
    view_metrics = ViewMetrics(registry)

    def make() -> Backend:
        clock = time.monotonic
        circuit = Circuit(limits, clock, random.Random(), CircuitReport(metrics, log))
        abilities = Abilities(clock)
        guard = Guard(circuit, abilities)
        asked_once = Coalescing(CircuitBreaker(clients.recommendations, circuit))
        answers = LastGoodAnswers(asked_once, ages, clock)
        memory = GuardedReaderMemory(clients.memory, guard)
        return Backend(
            recommendations=CountedRecommendations(answers, metrics),
            catalog=RememberedCatalog(GuardedCatalog(clients.catalog, guard), ages, clock),
            memory=memory,
            views=Views(memory, view_metrics, log, clock),
            abilities=abilities,
            forget_answers=answers.forget,
            is_told_still=counted_if_told_still(answers, metrics),
        )

    return PerProcess(make)
