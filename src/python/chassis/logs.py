"""Log lines: structured, one a line, the same form for our own loggers and for libraries'.

They go to stderr, so that stdout stays free for what a command prints; Python also opens stderr
so that no text can fail to be encoded.
"""

import contextlib
import json
import logging
import sys
import time
from typing import Literal, Protocol

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

LogFormat = Literal["console", "json"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class TextStream(Protocol):
    """Where log lines go: stderr, or a substitute."""

    def write(self, text: str, /) -> int:
        """Write text."""

    def flush(self) -> None:
        """Hand what was written to the system."""

    def isatty(self) -> bool:
        """Tell whether a person reads it."""


def configure_logs(
    level: LogLevel, log_format: LogFormat | None = None, stream: TextStream | None = None
) -> None:
    """Set up structlog and the standard library's logging for this process.

    log_format: None means console when `stream` is a terminal and JSON otherwise.
    stream: None means stderr.

    Our own lines go to the stream without passing through the standard library, for an access line
    per call must be cheap. May be called again, as a worker process does after a fork: loggers made
    by `get_logger` follow.
    """
    target = sys.stderr if stream is None else stream
    log_format = log_format or ("console" if target.isatty() else "json")
    output = _Unfailing(target)
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        _TimeStamp(),
    ]
    after = _rendering(log_format, colors=target.isatty())
    severity = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[*before, *after],
        wrapper_class=structlog.make_filtering_bound_logger(severity),
        logger_factory=lambda name="": _LineLogger(name, output),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(severity)
    logging.captureWarnings(True)


def get_logger(name: str) -> FilteringBoundLogger:
    """Give a logger whose lines carry `logger=name`, like those of the standard library."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


def _rendering(log_format: LogFormat, *, colors: bool) -> list[Processor]:
    if log_format == "json":
        encode = json.JSONEncoder(default=_safe_repr, skipkeys=True).encode
        as_json = structlog.processors.JSONRenderer(lambda event, **_: encode(event))
        return [structlog.processors.format_exc_info, as_json]
    plain = structlog.dev.plain_traceback
    return [
        _escape_control_characters,
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain),
    ]


class _TimeStamp:
    """Adds the time, in UTC and ISO 8601; its date is made into text once a second."""

    def __init__(self) -> None:
        self._known = (0, "")

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        second, micros = divmod(time.time_ns() // 1000, 1_000_000)
        known, text = self._known
        if known != second:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._known = (second, text)
        event["timestamp"] = f"{text}.{micros:06d}Z"
        return event


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__} without repr>"


def _escape_control_characters(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # Text from outside must not forge a line, nor command the terminal.
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = value.encode("unicode_escape").decode("ascii")
    return event


class _Unfailing:
    """A stream whose failure (a full disk, a reader gone) never fails the work that is logged."""

    def __init__(self, stream: TextStream) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # ValueError: the stream is closed.
            return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


class _LineLogger:
    """What structlog writes rendered lines to."""

    def __init__(self, name: str, output: _Unfailing) -> None:
        self.name = name
        self._output = output

    def _line(self, text: str) -> None:
        self._output.write(f"{text}\n")
        self._output.flush()

    debug = info = warning = error = critical = exception = _line
