"""The workers that live, and when those that do not are to be started."""

import os
import signal
from collections.abc import Callable, Collection, Iterable, Mapping
from time import monotonic
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from chassis.workers.living_worker import LivingWorker, Reason
from chassis.workers.restarts import RestartPolicy, Restarts
from chassis.workers.worker_process import WorkerProcess

BAD_START = (1, 2)
"""Exit codes of a program that has said why it cannot start; see `docs/operations.md`."""

StartWorker = Callable[[int], WorkerProcess]
"""Starts the worker of a number. Raises OSError."""


class Observer(Protocol):
    """Is told what becomes of workers."""

    def restarted(self, reason: Reason) -> None:
        """Count a worker that takes the place of another, which has ended for that reason."""

    def process_ended(self, pid: int) -> None:
        """Note that a process has been waited for. Raises OSError or ValueError."""


class Workforce:
    """Starts workers, listens to them, ends those that hang, and replaces those that have ended.

    Workers that end before `begin_replacing` are not replaced, nor are those that end after
    `stop_replacing`; nothing is when `failure` is set, the exit code that the service should have.
    Whether they answer is asked from the first of these to the second: a stop has its own bounds.
    """

    def __init__(
        self,
        start: StartWorker,
        count: int,
        observer: Observer,
        log: FilteringBoundLogger,
        policy: RestartPolicy,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._start = start
        self._observer = observer
        self._log = log
        self._policy = policy
        self._clock = clock
        self._restarts = Restarts(policy, clock)
        self._due = dict.fromkeys(range(1, count + 1), clock())
        self._reasons: dict[int, Reason] = {}
        self._living: dict[int, LivingWorker] = {}
        self._replacing: bool | None = None
        self.failure: int | None = None

    @property
    def processes(self) -> Collection[WorkerProcess]:
        """Those that live. From any thread."""
        return [each.process for each in list(self._living.values())]

    @property
    def serving(self) -> int:
        """How many say that they serve. From any thread."""
        return sum(each.serving for each in self.processes)

    @property
    def all_listen(self) -> bool:
        """Whether every worker does."""
        return not self._due and all(each.listening for each in self.processes)

    def begin_replacing(self) -> None:
        """Replace workers from now on."""
        self._replacing = True

    def stop_replacing(self) -> None:
        """Start no more workers."""
        self._replacing = False
        self._due.clear()

    def seconds_left(self) -> float | None:
        """Give the time until `do_what_is_due` has something to do, or None if it has not."""
        now, asked = self._clock(), bool(self._replacing)
        left = [each.seconds_left(now, asked=asked) for each in self._living.values()]
        left += [max(0.0, due - now) for due in self._due.values()]
        return min((each for each in left if each is not None), default=None)

    def do_what_is_due(self) -> None:
        """Start those whose time has come, ask the others, and end those that hang."""
        now, asked = self._clock(), bool(self._replacing)
        for number in [number for number, due in self._due.items() if due <= now]:
            del self._due[number]
            self._start_one(number, now)
        for each in self._living.values():
            each.do_what_is_due(now, asked=asked)

    def waited(self, seconds: float) -> None:
        """Note that so much time has passed in which workers would have been heard."""
        for each in self._living.values():
            each.waited(seconds)

    def hear(self, readable: Iterable[object]) -> None:
        """Take in what workers have said."""
        for each in readable:
            if isinstance(each, WorkerProcess):
                each.hear()

    def reap(self) -> None:
        """Wait for all processes that have ended, whoever has started them."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for each in [each for each in self._living.values() if each.process.pid == pid]:
                self._ended(each, os.waitstatus_to_exitcode(status))

    def order(self, number: signal.Signals) -> None:
        """Ask all to stop; for the second time: at once."""
        for each in self.processes:
            each.order(number)

    def kill(self) -> None:
        """End all. They are still to be waited for."""
        for each in self.processes:
            each.kill()

    def _start_one(self, number: int, now: float) -> None:
        if self._replacing:
            self._observer.restarted(self._reasons.pop(number, Reason.ENDED))
        try:
            process = self._start(number)
        except OSError as error:
            self._lost(number, 0.0, 1, {"error": error.strerror})
            return
        self._living[number] = LivingWorker(process, now, self._policy.start_seconds, self._log)
        self._log.info("worker started", worker=number, pid=process.pid)

    def _ended(self, ended: LivingWorker, exit_code: int) -> None:
        process = ended.process
        del self._living[process.number]
        self._reasons[process.number] = ended.reason
        stacks = process.stacks()
        process.close()
        try:
            self._observer.process_ended(process.pid)
        except (OSError, ValueError):
            self._log.exception("metrics of a worker are lost", worker=process.number)
        how: dict[str, object] = {"pid": process.pid, "reason": ended.reason.value}
        how |= {"signal": _name(-exit_code)} if exit_code < 0 else {"exit_code": exit_code}
        how |= {"stacks": stacks} if stacks else {}
        self._lost(process.number, self._clock() - ended.since, exit_code, how)

    def _lost(
        self, number: int, lived_seconds: float, exit_code: int, how: Mapping[str, object]
    ) -> None:
        if self._replacing is False or self.failure is not None:
            self._log.info("worker ended", worker=number, **how)
        elif self._replacing is None:
            self._log.error("worker did not start", worker=number, **how)
            self.failure = exit_code if exit_code in BAD_START else 1
        elif (pause := self._restarts.pause_after_end(number, lived_seconds)) is None:
            self._log.error("workers keep ending, giving up", worker=number, **how)
            self.failure = 1
        else:
            self._log.error("worker ended, replacing it", worker=number, seconds=pause, **how)
            self._due[number] = self._clock() + pause


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # A real-time signal.
        return str(number)
