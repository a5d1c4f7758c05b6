"""From the first worker process to the last: start them, keep them, stop them together."""

import select
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from time import monotonic

from structlog.typing import FilteringBoundLogger

from chassis.health import HealthBoard
from chassis.signals import StopSignals
from chassis.workers.workforce import Workforce

WORKERS = "workers"
"""The component of health that says whether some worker serves."""

_FORCED_SECONDS = 5.0
"""How long workers may take to end at once, and the system to end what is killed."""


class Supervisor:
    """Keeps workers running until told to stop. Its process has no other children.

    board: has the component `WORKERS`.
    stop_seconds: how long workers may take to stop.
    """

    def __init__(
        self,
        workers: Workforce,
        board: HealthBoard,
        stop_seconds: float,
        log: FilteringBoundLogger,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._workers = workers
        self._board = board
        self._stop_seconds = stop_seconds
        self._log = log
        self._clock = clock

    def run(self, announce: Callable[[], AbstractContextManager[None]]) -> int:
        """Run until SIGTERM or SIGINT, and give the exit code. Main thread only.

        announce: gives what is entered once all workers listen, and left when all have ended.

        At a signal all workers are asked to stop; exit code 0. At another they end at once: 128
        plus its number. If one ends before all listen, its exit code is the service's, and 1 if
        too many end later, or some must be killed.
        """
        with StopSignals(signal.SIGCHLD) as signals, ExitStack() as announced:
            try:
                received = self._start(signals)
                if received is None and self._workers.failure is None:
                    announced.enter_context(announce())
                    received = self._keep(signals)
                return self._stop(signals, received)
            finally:
                self._workers.stop_replacing()
                self._workers.kill()
                self._until_ended(signals, _FORCED_SECONDS)

    def _start(self, signals: StopSignals) -> signal.Signals | None:
        received = None
        while not (received or self._workers.failure or self._workers.all_listen):
            received = self._turn(signals)
        return received

    def _keep(self, signals: StopSignals) -> signal.Signals | None:
        self._workers.begin_replacing()
        received = None
        while not (received or self._workers.failure):
            self._board.report(WORKERS, well=self._workers.serving > 0)
            received = self._turn(signals)
        return received

    def _stop(self, signals: StopSignals, received: signal.Signals | None) -> int:
        self._workers.stop_replacing()
        self._board.stop()
        self._log.info("stopping workers", signal=received and received.name)
        self._workers.order(signal.SIGTERM)
        forced = self._until_ended(signals, self._stop_seconds)
        if forced:
            self._workers.order(forced)
            self._until_ended(signals, _FORCED_SECONDS)
        left = sorted(each.number for each in self._workers.processes)
        if left:
            self._log.error("workers do not end, killing them", workers=left)
        if forced:
            self._log.warning("stopped at once", signal=forced.name)
            return 128 + forced
        self._log.info("stopped")
        return self._workers.failure or int(bool(left))

    def _until_ended(self, signals: StopSignals, seconds: float) -> signal.Signals | None:
        """Wait until no worker is left, or for so long; give the signal that cut it short."""
        end = self._clock() + seconds
        received = None
        while self._workers.processes and not received and (left := end - self._clock()) > 0:
            received = self._turn(signals, left)
        return received

    def _turn(self, signals: StopSignals, seconds: float | None = None) -> signal.Signals | None:
        """Do what is due, wait for something to happen, and give the signal to stop, if any."""
        self._workers.do_what_is_due()
        times = [each for each in (seconds, self._workers.seconds_left()) if each is not None]
        lines = [each for each in self._workers.processes if each.line_is_open]
        planned = min(times, default=None)
        began = self._clock()
        readable, _, _ = select.select([signals, *lines], [], [], planned)
        passed = self._clock() - began
        # If it took longer than that, we were stopped, and all others may have been, too.
        self._workers.waited(passed if planned is None else min(passed, planned))
        self._workers.hear(readable)
        self._workers.reap()
        received = signals.wait(0) if signals in readable else None
        return None if received is signal.SIGCHLD else received
