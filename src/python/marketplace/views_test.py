"""Views are recorded after the page, and nothing that happens to them is the page's business."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry

from chassis.deadline import Budget
from chassis.testing.recording_log import RecordingLog
from chassis.testing.waiting import wait_until
from marketplace.errors import RecommendationsDown
from marketplace.interaction import InteractionKind
from marketplace.reader_memory import ReaderMemory
from marketplace.testing.clock import FakeClock
from marketplace.testing.fakes import FakeMemory
from marketplace.views import MAX_WAIT_SECONDS, View, ViewMetrics, Views

SECONDS = 30.0


class HeldMemory(FakeMemory):
    """Records nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Semaphore(0)
        self.go_on = threading.Event()

    def record(
        self,
        reader: int,
        book_id: int,
        kind: InteractionKind,
        key: str,
        request_id: str,
        budget: Budget,
    ) -> None:
        """See `ReaderMemory`."""
        self.asked.release()
        self.go_on.wait(SECONDS)
        super().record(reader, book_id, kind, key, request_id, budget)


class Recorder:
    """Views, what is behind them, and what was counted and logged."""

    def __init__(self, memory: ReaderMemory, most_waiting: int = 10) -> None:
        self.registry = CollectorRegistry()
        self.log = RecordingLog()
        self.clock = FakeClock()
        metrics = ViewMetrics(self.registry)
        self.views = Views(memory, metrics, self.log.logger, self.clock, most_waiting)

    def add(self, reader: int = 7, book_id: int = 1) -> None:
        self.views.add(View(reader, book_id, f"viewed:{book_id}", "id-1"))

    def counts(self) -> dict[str, float | None]:
        return {
            outcome: self.registry.get_sample_value("marketplace_views_total", {"outcome": outcome})
            for outcome in ("recorded", "failed", "dropped")
        }


def test_what_is_added_is_recorded_in_order_before_the_end() -> None:
    memory = FakeMemory()
    recorder = Recorder(memory)
    for number in (3, 1, 2):
        recorder.add(book_id=number)
    recorder.views.close(SECONDS)
    assert [3, 1, 2] == [number for number, _ in memory.kept[7].values()]
    assert {"recorded": 3.0, "failed": 0.0, "dropped": 0.0} == recorder.counts()


def test_without_views_there_is_nothing_to_end() -> None:
    Recorder(FakeMemory()).views.close(SECONDS)


def test_a_page_does_not_wait_while_the_service_hangs_and_what_is_too_much_is_let_go() -> None:
    memory = HeldMemory()
    recorder = Recorder(memory, most_waiting=2)
    recorder.add(book_id=1)
    assert memory.asked.acquire(timeout=SECONDS)
    for number in (2, 3, 4, 5):
        recorder.add(book_id=number)
    assert {"recorded": 0.0, "failed": 0.0, "dropped": 2.0} == recorder.counts()
    memory.go_on.set()
    recorder.views.close(SECONDS)
    assert [1, 2, 3] == [number for number, _ in memory.kept[7].values()]


@pytest.mark.parametrize(("age", "outcome"), [(0.0, "recorded"), (MAX_WAIT_SECONDS, "dropped")])
def test_what_has_waited_for_too_long_is_let_go(age: float, outcome: str) -> None:
    memory = HeldMemory()
    recorder = Recorder(memory)
    recorder.add(book_id=1)
    assert memory.asked.acquire(timeout=SECONDS)
    recorder.add(book_id=2)
    recorder.clock.advance(age)
    memory.go_on.set()
    recorder.views.close(SECONDS)
    expected = {"recorded": 1.0, "failed": 0.0, "dropped": 0.0}
    expected[outcome] += 1
    assert expected == recorder.counts()


def test_an_outage_costs_the_views_of_its_time_alone() -> None:
    memory = FakeMemory(RecommendationsDown("no"))
    recorder = Recorder(memory)
    recorder.add(book_id=1)
    wait_until(lambda: recorder.counts()["failed"] == 1.0)
    memory.failure = None
    recorder.add(book_id=2)
    recorder.views.close(SECONDS)
    assert {"recorded": 1.0, "failed": 1.0, "dropped": 0.0} == recorder.counts()
    assert [] == [line for line in recorder.log.lines if line["level"] == "error"]


def test_a_bug_is_logged_and_ends_nothing() -> None:
    memory = FakeMemory(ZeroDivisionError())
    recorder = Recorder(memory)
    recorder.add(book_id=1)
    wait_until(lambda: recorder.counts()["failed"] == 1.0)
    memory.failure = None
    recorder.add(book_id=2)
    recorder.views.close(SECONDS)
    (line,) = recorder.log.lines_of("recording a view raised")
    assert ("ZeroDivisionError", "id-1") == (line["exception_type"], line["request_id"])
    assert 1.0 == recorder.counts()["recorded"]


@pytest.mark.parametrize("waiting", [1, 2])
def test_the_end_does_not_wait_for_a_service_that_hangs(waiting: int) -> None:
    """Neither with room in the queue nor without."""
    memory = HeldMemory()
    recorder = Recorder(memory, most_waiting=2)
    recorder.add()
    assert memory.asked.acquire(timeout=SECONDS)
    for _ in range(waiting):
        recorder.add()
    recorder.views.close(0.01)
    assert {} == memory.kept
    memory.go_on.set()


def test_after_the_end_nothing_is_taken() -> None:
    recorder = Recorder(FakeMemory())
    recorder.views.close(SECONDS)
    recorder.add()
    assert {"recorded": 0.0, "failed": 0.0, "dropped": 1.0} == recorder.counts()


def test_of_a_reader_who_is_forgotten_nothing_waits_any_more() -> None:
    """Neither what is in the queue nor what is on its way: that is waited for."""
    memory = HeldMemory()
    recorder = Recorder(memory)
    recorder.add(reader=7, book_id=1)
    assert memory.asked.acquire(timeout=SECONDS)
    recorder.add(reader=7, book_id=2)
    recorder.add(reader=8, book_id=3)
    assert not recorder.views.forget(7, 0.01)
    with ThreadPoolExecutor(1) as other:
        forgotten = other.submit(recorder.views.forget, 7, SECONDS)
        memory.go_on.set()
        assert forgotten.result(SECONDS)
    recorder.views.close(SECONDS)
    assert {7: [1], 8: [3]} == {
        reader: [number for number, _ in done.values()] for reader, done in memory.kept.items()
    }
