"""Log lines: structured, one a line, the same form for our own loggers and for libraries'.

They go to stderr, so that stdout stays free for what a command prints; Python also opens stderr
so that no text can fail to be encoded.
"""

import logging
import sys
from collections.abc import Collection
from time import time_ns
from typing import Literal

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from chassis.json_lines import LogLevel, json_logger, render_json
from chassis.log_output import LogOutput, TextStream
from chassis.log_time import timestamp

LogFormat = Literal["console", "json"]


GRPC_CALLS = "grpc.server"
"""The logger of the lines that a gRPC server writes for each call."""


def configure_logs(
    level: LogLevel,
    log_format: LogFormat | None = None,
    stream: TextStream | None = None,
    unhurried: Collection[str] = (GRPC_CALLS,),
) -> None:
    """Set up structlog and the standard library's logging for this process.

    log_format: None means console when `stream` is a terminal and JSON otherwise.
    stream: None means stderr.
    unhurried: our loggers whose DEBUG and INFO lines may wait a moment to be written together, see
        `LogOutput`. Lines keep their order, whoever logs them. Before a terminal nothing waits.

    Our own lines go to the stream without passing through the standard library, for an access line
    per call must be cheap. May be called again, as a worker process does after a fork: loggers made
    by `get_logger` follow.
    """
    target = sys.stderr if stream is None else stream
    log_format = log_format or ("console" if target.isatty() else "json")
    output = LogOutput(target)
    waiting = frozenset() if target.isatty() else frozenset(unhurried)
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        _add_timestamp,
    ]
    after = _rendering(log_format, colors=target.isatty())
    severity = logging.getLevelNamesMapping()[level]
    wrapper = structlog.make_filtering_bound_logger(severity)
    structlog.configure(
        processors=[*before, *after],
        wrapper_class=json_logger(wrapper) if log_format == "json" else wrapper,
        logger_factory=lambda name="": _LineLogger(name, output, may_wait=name in waiting),
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
        return [structlog.processors.format_exc_info, render_json]
    plain = structlog.dev.plain_traceback
    return [
        _escape_control_characters,
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain),
    ]


def _add_timestamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["timestamp"] = timestamp(time_ns())
    return event


def _escape_control_characters(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # Text from outside must not forge a line, nor command the terminal.
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = value.encode("unicode_escape").decode("ascii")
    return event


class _LineLogger:
    """What structlog writes rendered lines to.

    write_soon: takes lines that may wait, None if none may; see `LogOutput`.
    """

    def __init__(self, name: str, output: LogOutput, *, may_wait: bool) -> None:
        self.name = name
        self.write_soon = output.write_soon if may_wait else None
        self._write = output.write

    def info(self, line: str) -> None:
        (self.write_soon or self._write)(f"{line}\n")

    debug = info

    def warning(self, line: str) -> None:
        self._write(f"{line}\n")

    error = critical = exception = warning
