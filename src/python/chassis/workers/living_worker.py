"""A worker from its start to its end, and what is done about one that does not do as it should."""

import enum

from structlog.typing import FilteringBoundLogger

from chassis.workers.worker_process import WorkerProcess

_ABORT_SECONDS = 5.0
"""How long one that hangs may take to leave its stacks and end, before it is killed."""


class Reason(enum.Enum):
    """Why a worker ends."""

    ENDED = "ended"
    """By itself, or by somebody else's doing."""
    HUNG = "hung"
    """It no longer answered, so it was ended."""
    LATE = "late"
    """It took too long until it listened, so it was ended."""


class LivingWorker:
    """A process that was started, until it has been waited for.

    since: when it was started.
    start_seconds: how long it may take until it listens.

    While it starts it is not asked whether it answers.
    """

    def __init__(
        self,
        process: WorkerProcess,
        since: float,
        start_seconds: float,
        log: FilteringBoundLogger,
    ) -> None:
        self.process = process
        self.since = since
        self.reason = Reason.ENDED
        self._start_seconds = start_seconds
        self._kill_at = since + start_seconds
        self._log = log.bind(worker=process.number, pid=process.pid)

    def seconds_left(self, now: float, *, asked: bool) -> float | None:
        """Give the time until `do_what_is_due` has something to do, or None if it has not.

        asked: whether workers are to be asked at present.
        """
        if self._may_be_killed:
            return max(0.0, self._kill_at - now)
        return self.process.liveness.seconds_left if asked else None

    def do_what_is_due(self, now: float, *, asked: bool) -> None:
        """Ask whether it answers; end it if it does not, or if it takes too long to listen."""
        if self._may_be_killed:
            if self._kill_at <= now:
                self._kill(now)
        elif asked and self.process.liveness.timed_out:
            self._abort(now)
        elif asked and self.process.liveness.question_is_due:
            self.process.ask()

    def waited(self, seconds: float) -> None:
        """Note that so much time has passed in which it would have been heard."""
        self.process.liveness.passed(seconds)

    @property
    def _may_be_killed(self) -> bool:
        return self.reason is Reason.HUNG or not self.process.listening

    def _abort(self, now: float) -> None:
        self.reason = Reason.HUNG
        self._kill_at = now + _ABORT_SECONDS
        silent = round(self.process.liveness.silent_seconds, 3)
        self._log.error(
            "worker hangs, ending it", silent_seconds=silent, state=self.process.state()
        )
        self.process.abort()

    def _kill(self, now: float) -> None:
        if self.reason is Reason.HUNG:
            self._log.error("worker that hangs does not end, killing it")
        else:
            self.reason = Reason.LATE
            self._log.error("worker does not listen, killing it")
        self._kill_at = now + self._start_seconds
        self.process.kill()
