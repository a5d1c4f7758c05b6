"""What goes on in the background, and what it says when it goes wrong."""

import random
import re
import threading
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, time

from prometheus_client import CollectorRegistry

from chassis.health import OVERALL, Health, HealthBoard
from chassis.testing.recording_log import RecordingLog
from chassis.testing.waiting import wait_until
from recommendations.catalog import Catalog
from recommendations.current import Current
from recommendations.errors import DatabaseUnavailable, SchemaMismatch, Unavailability
from recommendations.learning.model import LearnedModel, ModelInfo, ModelRow
from recommendations.reader_histories import ReaderHistories
from recommendations.readiness import CATALOGUE
from recommendations.search_index import SearchIndex
from recommendations.shop import Shop
from recommendations.storage.changes import changed
from recommendations.storage.database import Database
from recommendations.storage.first_start import prepare
from recommendations.storage.refresh_metrics import RefreshMetrics
from recommendations.storage.refresher import Refresher
from recommendations.storage.refreshing import Once, new_refresher
from recommendations.storage.similarities import SqlSimilarityStore

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
TRAINED = "catalogue_model_trained_timestamp_seconds"
SOON = 0.01
NEVER = 3600.0
AWAY = DatabaseUnavailable(Unavailability.UNREACHABLE, "nobody is there")


def model_of(trained_at: datetime) -> LearnedModel:
    """A model of two books that are alike."""
    info = ModelInfo("cosine", {}, seed=1, trained_at=trained_at, readers=1, interactions=2)
    rows = (
        ModelRow(one, 1, array("i", [other]), array("f", [1.0])) for one, other in ((1, 2), (2, 1))
    )
    return LearnedModel.from_rows(info, rows)


class Script:
    """A task that does what it is told, one thing a round; the last thing again and again."""

    def __init__(self, *rounds: Exception | None) -> None:
        self._rounds = list(rounds)
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        now = self._rounds.pop(0) if len(self._rounds) > 1 else self._rounds[0]
        if now:
            raise now


class Setting:
    """A refresher with all that it tells."""

    def __init__(self, *tasks: Callable[[], None], seconds: float = SOON) -> None:
        self.log = RecordingLog()
        self.registry = CollectorRegistry()
        self.unwell: list[str] = []
        metrics = RefreshMetrics(self.registry)
        self.refresher = Refresher(
            tasks, self.unwell.append, metrics, self.log.logger, random.Random(7), seconds
        )

    def failures(self, how: str) -> float:
        labels = {"how": how}
        return self.registry.get_sample_value("catalogue_refresh_failures_total", labels) or 0.0

    def checked(self) -> float:
        return self.registry.get_sample_value("catalogue_checked_timestamp_seconds") or 0.0


def test_tasks_are_done_before_it_goes_on_and_then_again_and_again() -> None:
    script = Script(None)
    setting = Setting(script)
    with setting.refresher:
        assert 1 <= script.count
        wait_until(lambda: script.count >= 3)
        assert time() - 60 < setting.checked() <= time()
    assert [] == setting.unwell


def test_a_failure_is_counted_by_its_kind_and_said_once_until_it_is_over() -> None:
    script = Script(AWAY, AWAY, SchemaMismatch("0009", "0001"), AWAY, None)
    setting = Setting(script)
    with setting.refresher:
        setting.log.wait_for("refresh works again")
    assert 3 == setting.failures("unreachable")
    assert 1 == setting.failures("schema")
    said = [line["how"] for line in setting.log.lines_of("refresh failed")]
    assert ["unreachable", "schema", "unreachable"] == said
    assert ["nobody is there"] * 2 == setting.unwell[:2]
    assert 1 == len(setting.log.lines_of("refresh works again"))


def test_what_nobody_planned_does_not_end_it() -> None:
    script = Script(ZeroDivisionError("secret"), None)
    setting = Setting(script)
    with setting.refresher:
        setting.log.wait_for("refresh works again")
    (line,) = setting.log.lines_of("refresh failed")
    assert isinstance(line["exc_info"], ZeroDivisionError)
    assert 1 == setting.failures("failed")
    assert ["ZeroDivisionError: see the log"] == setting.unwell


def test_after_a_failure_the_age_of_what_is_served_grows() -> None:
    setting = Setting(Script(None, AWAY))
    with setting.refresher:
        first = setting.checked()
        wait_until(lambda: setting.failures("unreachable") >= 2)
        assert first == setting.checked()


def test_when_one_task_fails_the_rest_waits() -> None:
    later = Script(None)
    setting = Setting(Script(AWAY, None), later)
    with setting.refresher:
        wait_until(lambda: later.count >= 1)
    assert 1 == setting.failures("unreachable")


def test_a_database_that_hangs_holds_up_neither_the_start_nor_the_end() -> None:
    """For long: it waits a little for the first round, and less for the last."""
    let_go = threading.Event()
    began = monotonic()
    with Setting(lambda: None if let_go.wait(60) else None, seconds=NEVER).refresher:
        assert monotonic() - began < 60
    assert monotonic() - began < 60
    let_go.set()


def test_a_task_that_is_needed_once_is_done_until_it_succeeds() -> None:
    script = Script(AWAY, None, AssertionError("once more"))
    setting = Setting(Once(script))
    with setting.refresher:
        setting.log.wait_for("refresh works again")
        checked = setting.checked()
        wait_until(lambda: setting.checked() > checked)
    assert 2 == script.count


def test_the_shop_is_swapped_when_the_database_changes(database: Database) -> None:
    shops: Current[Shop] = Current()
    index: Current[SearchIndex] = Current()
    board = HealthBoard({OVERALL: {CATALOGUE}})
    log = RecordingLog()
    registry = CollectorRegistry()
    refresher = new_refresher(
        database,
        None,
        shops,
        ReaderHistories(),
        index,
        board,
        registry,
        log.logger,
        random.Random(7),
        SOON,
    )
    with refresher:
        assert Health.NOT_SERVING is board.health_of(OVERALL)
        (why,) = board.unwell()
        assert why.startswith("catalogue: the database has no books")
        prepare(database)
        wait_until(lambda: board.health_of(OVERALL) is Health.SERVING)
        (told,) = board.details()
        assert re.fullmatch(r"catalogue: \d+ books, those of the database \d+\.\d s ago", told)
        former: Catalog = shops().catalog
        wait_until(lambda: len(former) == registry.get_sample_value("catalogue_books"))
        with database.writing() as connection:
            changed(connection, CATALOGUE)
        wait_until(lambda: shops().catalog is not former)
        wait_until(lambda: next(index().matches(["falcon"])) is shops().catalog.get(1))
        assert 0 == registry.get_sample_value(TRAINED)
        SqlSimilarityStore(database).write(model_of(trained_at=MIDNIGHT))
        wait_until(lambda: MIDNIGHT.timestamp() == registry.get_sample_value(TRAINED))
        with database.writing() as connection:
            connection.exec_driver_sql("DROP TABLE changes")
        log.wait_for("refresh failed", 2)
        assert Health.SERVING is board.health_of(OVERALL)
        (told,) = board.details()
        assert re.search(r" s ago; since then: .*changes", told)
