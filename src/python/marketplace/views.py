"""Views of books, told to the service after the reader has their page."""

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter
from structlog.typing import FilteringBoundLogger

from chassis.deadline import Budget
from marketplace.errors import MarketplaceError
from marketplace.interaction import InteractionKind
from marketplace.reader_memory import ReaderMemory

MAX_WAITING = 1000
MAX_FORGOTTEN = 1000
"""Readers whose views may still be in the queue: as many as fit into it."""
MAX_WAIT_SECONDS = 5.0
"""A view that has waited longer is dropped: a reader may have asked to be forgotten since."""
CALL_SECONDS = 2.0
OUTCOMES = ("recorded", "failed", "dropped")


@dataclass(frozen=True, slots=True)
class View:
    """A reader looked at a book.

    key: see `ReaderMemory.record`.
    """

    reader: int
    book_id: int
    key: str
    request_id: str


class ViewMetrics:
    """`marketplace_views_total{outcome}`: recorded, failed (the call did) or dropped before it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = Counter(
            "marketplace_views",
            "Views of books by known readers, by what became of them.",
            ["outcome"],
            registry=registry,
        )
        self.outcomes = {outcome: counter.labels(outcome) for outcome in OUTCOMES}


class Views:
    """Records views one after the other on a thread of its own, begun with the first.

    A view is a hint, not a promise: a page never waits for it, and what does not fit in the queue,
    or fails, is counted and let go. Safe to use from several threads.

    clock: gives seconds that never go back.
    """

    def __init__(
        self,
        memory: ReaderMemory,
        metrics: ViewMetrics,
        log: FilteringBoundLogger,
        clock: Callable[[], float],
        most_waiting: int = MAX_WAITING,
    ) -> None:
        self._memory = memory
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._waiting: queue.Queue[tuple[View, float] | None] = queue.Queue(most_waiting)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._recording = threading.Lock()
        self._forgotten: OrderedDict[int, None] = OrderedDict()

    def add(self, view: View) -> None:
        """Have a view recorded soon."""
        with self._lock:
            try:
                if self._closed:
                    raise queue.Full
                self._waiting.put_nowait((view, self._clock()))
            except queue.Full:
                self._metrics.outcomes["dropped"].inc()
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="views", daemon=True)
                self._thread.start()

    def forget(self, reader: int, seconds: float) -> bool:
        """Record no more of a reader, and wait so long for what is being recorded just now.

        Gives whether it is certain that nothing of theirs is still on its way from this process.
        """
        with self._lock:
            self._forgotten[reader] = None
            if len(self._forgotten) > MAX_FORGOTTEN:
                self._forgotten.popitem(last=False)
        if not self._recording.acquire(timeout=seconds):
            return False
        self._recording.release()
        return True

    def close(self, seconds: float) -> None:
        """Take no more, and wait so long for those that are waiting."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is None:
            return
        budget = Budget(seconds)
        with suppress(queue.Full):  # Then it is not worth waiting for either.
            self._waiting.put(None, timeout=budget.left_seconds())
            thread.join(budget.left_seconds())

    def _work(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            view, since = waiting
            outcome = "dropped"
            with self._recording:
                if self._clock() - since < MAX_WAIT_SECONDS and not self._is_forgotten(view.reader):
                    outcome = "recorded" if self._recorded(view) else "failed"
            self._metrics.outcomes[outcome].inc()

    def _is_forgotten(self, reader: int) -> bool:
        with self._lock:
            return reader in self._forgotten

    def _recorded(self, view: View) -> bool:
        try:
            self._memory.record(
                view.reader,
                view.book_id,
                InteractionKind.VIEWED,
                view.key,
                view.request_id,
                Budget(CALL_SECONDS),
            )
        except MarketplaceError as error:
            self._log.debug(
                "view not recorded", reason=type(error).__name__, request_id=view.request_id
            )
            return False
        except Exception as error:
            self._log.error(
                "recording a view raised",
                exception_type=type(error).__name__,
                exc_info=error,
                request_id=view.request_id,
            )
            return False
        return True
