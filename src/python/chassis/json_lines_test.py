"""Lines that are made some time after what they tell of."""

import io
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import structlog

from chassis import logs
from chassis.json_lines import event_writer
from chassis.log_output import LogOutput
from chassis.logs import GRPC_CALLS, LogFormat, configure_logs, get_logger
from chassis.testing.logging_state import logging_restored

NEVER = 3600.0


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with logging_restored():
        yield


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_writer_of_events_writes_what_its_logger_would(log_format: LogFormat) -> None:
    """With what is bound to it and what the context adds, from its level on."""
    stream = io.StringIO()
    configure_logs("INFO", log_format, stream)
    log = get_logger("shop").bind(worker=3)
    write = event_writer(log, "INFO")
    assert write is not None
    with structlog.contextvars.bound_contextvars(trace_id="abc"):
        log.info("sold", book=4)
        write({"event": "sold", "book": 4})
    ours, theirs = (re.sub(r"[\d-]+T[\d:.]+Z", "", line) for line in stream.getvalue().splitlines())
    assert ours == theirs
    assert all(text in ours for text in ("sold", "shop", "worker", "abc"))
    assert event_writer(log, "DEBUG") is None


def test_an_event_that_waits_keeps_the_time_and_context_in_which_it_was_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "LogOutput", partial(LogOutput, delay_seconds=NEVER))
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    log = get_logger(GRPC_CALLS).bind()
    write = event_writer(log, "INFO", lambda book: {"event": "call", "book": book})
    assert write is not None
    with structlog.contextvars.bound_contextvars(trace_id="abc"):
        write(4)
    assert "" == stream.getvalue()
    with structlog.contextvars.bound_contextvars(trace_id="def"):
        get_logger("shop").info("sold")
    noted, sold = lines(stream)
    assert ("call", 4, "abc", "info") == tuple(
        noted[key] for key in ("event", "book", "trace_id", "level")
    )
    assert noted["timestamp"] < sold["timestamp"]


def test_an_event_that_cannot_be_made_costs_no_line_but_its_own() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    log = get_logger(GRPC_CALLS).bind()
    write = event_writer(log, "INFO", lambda number: {"event": "call", "third": 1 / number})
    assert write is not None
    for number in (1, 0, 2):
        write(number)
    log.warning("last")
    events = [line["event"] for line in lines(stream)]
    assert ["call", "line lost", "call", "last"] == events
    assert "ZeroDivisionError" == lines(stream)[1]["exception_type"]
