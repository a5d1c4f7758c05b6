"""A logger whose lines a test can look at."""

import threading

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger


class RecordingLog:
    """Keeps each line as a dictionary, with what the context adds to it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lines: list[EventDict] = []
        self.logger: FilteringBoundLogger = structlog.wrap_logger(
            structlog.ReturnLogger(),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                self._keep,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(0),
        )

    @property
    def lines(self) -> list[EventDict]:
        """Give the lines so far."""
        with self._changed:
            return list(self._lines)

    def lines_of(self, event: str) -> list[EventDict]:
        """Give the lines so far of one event."""
        return [line for line in self.lines if line["event"] == event]

    def wait_for(self, event: str, count: int = 1, seconds: float = 60.0) -> list[EventDict]:
        """Wait until an event has been logged `count` times and give its lines.

        A server logs a call after the client has seen its end. Raises TimeoutError.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._count(event) >= count, seconds):
                raise TimeoutError(f"{event!r} was not logged {count} times: {self._lines}")
        return self.lines_of(event)

    def _count(self, event: str) -> int:
        return sum(line["event"] == event for line in self._lines)

    def _keep(self, _: WrappedLogger, __: str, line: EventDict) -> EventDict:
        with self._changed:
            self._lines.append(dict(line))
            self._changed.notify_all()
        raise structlog.DropEvent
