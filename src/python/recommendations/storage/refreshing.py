"""Puts together what keeps a process' copy of the database fresh."""

import random
from collections.abc import Callable
from time import monotonic

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from chassis.garbage import making_much
from chassis.health import HealthBoard
from recommendations.current import Current
from recommendations.reader_histories import ReaderHistories
from recommendations.readiness import CATALOGUE
from recommendations.search_index import SearchIndex
from recommendations.shop import Shop
from recommendations.storage.database import Database
from recommendations.storage.history_feed import HistoryFeed
from recommendations.storage.refresh_metrics import RefreshMetrics
from recommendations.storage.refresher import Refresher, Task
from recommendations.storage.snapshots import Snapshot, SnapshotReader


class ShopRefresh:
    """The task that reads the books, and swaps them when there are newer ones."""

    def __init__(
        self,
        reader: SnapshotReader,
        shops: Current[Shop],
        board: HealthBoard,
        metrics: RefreshMetrics,
        log: FilteringBoundLogger,
    ) -> None:
        self._reader = reader
        self._shops = shops
        self._board = board
        self._metrics = metrics
        self._log = log
        self._snapshot: Snapshot | None = None
        self._compared = 0.0
        self._why = ""
        board.describe(CATALOGUE, self.description)

    def __call__(self) -> None:
        """See `refresher.Task`."""
        start = monotonic()
        newer = self._reader.newer_than(self._snapshot)
        self._compared, self._why = start, ""
        if newer is None:
            return
        self._snapshot = newer
        with making_much():
            shop = Shop(newer.catalog, newer.model)
        self._shops.swap(shop)
        self._board.report(CATALOGUE, well=True)
        self._metrics.books.set(len(newer.catalog))
        if newer.model:
            self._metrics.trained.set(newer.model.info.trained_at.timestamp())
        self._log.info(
            "catalogue read",
            books=len(newer.catalog),
            version=newer.version.catalogue,
            model=newer.version.model,
            seconds=round(monotonic() - start, 3),
        )

    def unwell(self, why: str) -> None:
        """Say that there is nothing to serve, and why; what was read once goes on being served."""
        self._why = why
        if self._snapshot is None:
            self._board.report(CATALOGUE, well=False, why=why)

    def description(self) -> str:
        """Tell how old the books are that are served; nothing before there are any."""
        if self._snapshot is None:
            return ""
        since = f"; since then: {self._why}" if self._why else ""
        age = f"{monotonic() - self._compared:.1f} s ago{since}"
        return f"{len(self._snapshot.catalog)} books, those of the database {age}"


class IndexRefresh:
    """The task that makes searches find what is served; books are served before they are found."""

    def __init__(self, shops: Current[Shop], index: Current[SearchIndex]) -> None:
        self._shops = shops
        self._index = index
        self._shop: Shop | None = None

    def __call__(self) -> None:
        """See `refresher.Task`."""
        shop = self._shops()
        if shop is not self._shop:
            with making_much():
                index = SearchIndex(shop)
            self._index.swap(index)
            self._shop = shop


def new_refresher(
    database: Database,
    prepare: Callable[[], None] | None,
    shops: Current[Shop],
    histories: ReaderHistories,
    index: Current[SearchIndex],
    board: HealthBoard,
    registry: CollectorRegistry,
    log: FilteringBoundLogger,
    rng: random.Random,
    seconds: float,
) -> Refresher:
    """Make the refresher of a process.

    prepare: what the database needs once, before anything is read from it.
    """
    metrics = RefreshMetrics(registry)
    books = ShopRefresh(SnapshotReader(database), shops, board, metrics, log)
    tasks: list[Task] = [books, HistoryFeed(database, histories).update]
    tasks.append(IndexRefresh(shops, index))
    if prepare:
        tasks.insert(0, Once(prepare))
    return Refresher(tasks, books.unwell, metrics, log, rng, seconds)


class Once:
    """A task that is done when it has succeeded."""

    def __init__(self, task: Task) -> None:
        self._task: Task | None = task

    def __call__(self) -> None:
        """See `refresher.Task`."""
        if self._task:
            self._task()
            self._task = None
