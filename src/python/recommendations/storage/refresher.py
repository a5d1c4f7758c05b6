"""Keeps what is in memory abreast of the database, in the background."""

import random
import threading
from collections.abc import Callable, Sequence
from time import monotonic, time
from types import TracebackType

from structlog.typing import FilteringBoundLogger

from recommendations.errors import DatabaseUnavailable, StorageError
from recommendations.storage.refresh_metrics import RefreshMetrics

_JITTER = 0.25
"""The part of the interval that chance adds or takes: processes must not ask in step."""
_FIRST_SECONDS = 10.0
_LEAVE_SECONDS = 1.0

Task = Callable[[], None]
"""Brings one thing up to date, or raises StorageError; what it kept before stays in use."""


class Refresher:
    """Does tasks again and again, on a thread of its own, while entered.

    tasks: in their order; when one fails the rest waits for the next time.
    unwell: is told why a task failed.
    seconds: between two rounds, more or less.

    Entering waits for the first round, but not for long.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        unwell: Callable[[str], None],
        metrics: RefreshMetrics,
        log: FilteringBoundLogger,
        rng: random.Random,
        seconds: float,
    ) -> None:
        self._tasks = tasks
        self._unwell = unwell
        self._metrics = metrics
        self._log = log
        self._rng = rng
        self._seconds = seconds
        self._stop = threading.Event()
        self._first = threading.Event()
        self._failing_since: float | None = None
        self._said = ""
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)

    def __enter__(self) -> "Refresher":
        self._thread.start()
        self._first.wait(_FIRST_SECONDS)
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._stop.set()
        # A database that hangs must not hold up the end; the thread ends with the process.
        self._thread.join(_LEAVE_SECONDS)

    def _run(self) -> None:
        while True:
            self._round()
            self._first.set()
            jitter = self._rng.uniform(1 - _JITTER, 1 + _JITTER)
            if self._stop.wait(self._seconds * jitter):
                return

    def _round(self) -> None:
        try:
            for task in self._tasks:
                if self._stop.is_set():
                    return
                task()
        except StorageError as error:
            how = error.how.value if isinstance(error, DatabaseUnavailable) else "schema"
            self._failed(how, str(error), None)
        except Exception as error:  # The thread must go on, whatever is wrong in the data.
            self._failed("failed", f"{type(error).__name__}: see the log", error)
        else:
            self._succeeded()

    def _failed(self, how: str, why: str, bug: Exception | None) -> None:
        self._metrics.failures.labels(how).inc()
        self._unwell(why)
        if self._failing_since is None:
            self._failing_since = monotonic()
        if how != self._said:
            # Once for each way: it may go on for hours.
            self._log.warning("refresh failed", how=how, why=why, exc_info=bug)
            self._said = how

    def _succeeded(self) -> None:
        self._metrics.checked.set(time())
        if self._failing_since is not None:
            seconds = round(monotonic() - self._failing_since, 3)
            self._log.info("refresh works again", after_seconds=seconds)
            self._failing_since, self._said = None, ""
