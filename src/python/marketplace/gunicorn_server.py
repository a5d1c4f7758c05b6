"""gunicorn, with this project's logs and its way to stop."""

import signal
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import count
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger

from marketplace.connection_counts import ConnectionCounts
from marketplace.gunicorn_worker import TELL_TO_END, DrainingWorker
from marketplace.shared_flag import SharedFlag

WSGIApplication = Callable[..., Iterable[bytes]]


class StructuredLogger(Logger):
    """Leaves gunicorn's lines to the process' own logging."""

    def setup(self, cfg: Config) -> None:
        """See gunicorn. Called again when it reloads its configuration."""
        super().setup(cfg)
        self.error_log.propagate = True


class Application(BaseApplication):
    """What gunicorn serves: an application that `make` makes, and options given as they are.

    No configuration file, no GUNICORN_CMD_ARGS, no command line of gunicorn's own.
    """

    def __init__(self, make: Callable[[], WSGIApplication], options: Mapping[str, Any]) -> None:
        self._make = make
        self._options = dict(options)
        super().__init__(prog="marketplace")

    def load_config(self) -> None:
        """See gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """See gunicorn: called in each worker, or before they are forked if preloading."""
        return self._make()


def prepare(arbiter: Arbiter, worker: DrainingWorker) -> None:
    """Give a worker the least number that no other has, and what it shares with the master.

    gunicorn's hook before a fork.
    """
    if isinstance(arbiter, DrainingArbiter):
        worker.draining = arbiter.draining
        worker.counts = arbiter.counts
    taken = {each.number for each in _workers_of(arbiter).values()}
    worker.number = next(number for number in count(1) if number not in taken)
    worker.counts.leave_out(worker.number)  # Whoever had it may have ended without a word.


def _workers_of(arbiter: Arbiter) -> dict[int, DrainingWorker]:
    found = tuple(arbiter.WORKERS.items())  # At once: they may be asked for on another thread.
    return {pid: worker for pid, worker in found if isinstance(worker, DrainingWorker)}


class DrainingArbiter(Arbiter):
    """The master process. Stops on SIGTERM and SIGINT in the same way.

    At the first signal the flag is set and requests are served for `drain_seconds` more. Then those
    in flight have the grace period, and the exit code is 0. Another signal, at any time after, ends
    it now, and the exit code is 128 plus its number.
    """

    def __init__(self, app: BaseApplication, draining: SharedFlag, drain_seconds: float) -> None:
        super().__init__(app)
        self.draining = draining
        self.counts = ConnectionCounts()
        self._drain_seconds = drain_seconds
        self._asked = False
        self._forced_by: int | None = None

    @property
    def serving(self) -> int:
        """How many workers take visitors. Known on any thread."""
        return sum(worker.serves.is_set() for worker in _workers_of(self).values())

    def processes(self) -> dict[int, int]:
        """Give the workers that live, as their numbers. Known on any thread."""
        return {worker.number: pid for pid, worker in _workers_of(self).items()}

    def unwell(self) -> list[str]:
        """See `chassis.admin.Readiness`."""
        problems = ["draining"] if self.draining.is_set() else []
        return problems if self.serving else [*problems, "no worker serves"]

    def spawn_worker(self) -> int:
        """See gunicorn. What tells the worker to end waits until it has handlers of its own.

        A fork has its parent's, which would queue the signal where nobody looks for it: the worker
        would go on until it is killed, with pages in flight.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, TELL_TO_END)
        try:
            pid: int = super().spawn_worker()
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def signal(self, sig: int, frame: FrameType | None) -> None:
        """Queue a signal. A handler: it may do no more."""
        if sig in (signal.SIGTERM, signal.SIGINT):
            if self._asked:
                self._forced_by = sig
            sig = signal.SIGQUIT if self._asked else signal.SIGTERM
            self._asked = True
        super().signal(sig, frame)

    def handle_term(self) -> None:
        """Begin to stop."""
        signal.signal(signal.SIGALRM, self.signal)  # Before anybody can see that it drains.
        self.draining.set()
        if not self._drain_seconds:
            raise StopIteration
        signal.setitimer(signal.ITIMER_REAL, self._drain_seconds)

    def handle_alrm(self) -> None:
        """Stop: the time to drain is over."""
        raise StopIteration

    def halt(self, reason: str | None = None, exit_status: int = 0) -> None:
        """See gunicorn."""
        if self._forced_by:
            # gunicorn drops what it heard together with the first signal.
            super().signal(signal.SIGQUIT, None)
        with suppress(SystemExit):
            super().halt(reason, exit_status)
        raise SystemExit(128 + self._forced_by if self._forced_by else exit_status)
