"""The form of log lines, whoever writes them."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import partial
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import logs
from chassis.log_output import LogOutput
from chassis.logs import GRPC_CALLS, LogFormat, configure_logs, get_logger
from chassis.testing.logging_state import logging_restored

NEVER = 3600.0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError("no repr")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with logging_restored():
        yield


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_own_lines_are_json_with_time_level_and_logger() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    get_logger("shop").info("sold", book=3)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert {"event": "sold", "level": "info", "logger": "shop", "book": 3} == line


def test_lines_of_libraries_have_the_same_form() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    logging.getLogger("gunicorn.error").warning("worker %s died", 7)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    expected = {"event": "worker 7 died", "level": "warning", "logger": "gunicorn.error"}
    assert expected == line


def test_both_carry_what_the_context_adds() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        get_logger("shop").info("ours")
        logging.getLogger("theirs").info("theirs")
    assert ["abc", "abc"] == [line["request_id"] for line in lines(stream)]


def test_an_exception_is_part_of_its_line() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        get_logger("shop").exception("failed")
        logging.getLogger("theirs").exception("failed")
    ours, theirs = lines(stream)
    assert "ValueError: first\nsecond" in ours["exception"]
    assert "ValueError: first\nsecond" in theirs["exception"]


def test_the_time_is_that_of_the_line_in_utc() -> None:
    """In the second that is known already, and in the next."""
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    before = datetime.now(timezone.utc)
    get_logger("shop").info("sold")
    first = datetime.fromisoformat(lines(stream)[0]["timestamp"])
    while datetime.now(timezone.utc).second == first.second:
        get_logger("shop").info("sold")
    get_logger("shop").info("sold")
    after = datetime.now(timezone.utc)
    times = [datetime.fromisoformat(line["timestamp"]) for line in lines(stream)]
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] <= after
    assert times[0].second != times[-1].second


def test_lines_below_the_level_are_left_out() -> None:
    stream = io.StringIO()
    configure_logs("WARNING", "json", stream)
    get_logger("shop").info("quiet")
    logging.getLogger("theirs").info("quiet")
    get_logger("shop").warning("loud")
    logging.getLogger("theirs").warning("loud")
    assert ["loud", "loud"] == [line["event"] for line in lines(stream)]


def test_a_person_at_a_terminal_reads_text() -> None:
    stream = Terminal()
    configure_logs("INFO", None, stream)
    get_logger("shop").info("sold")
    assert "sold" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_machine_reads_json() -> None:
    stream = io.StringIO()
    configure_logs("INFO", None, stream)
    get_logger("shop").info("sold")
    assert ["sold"] == [line["event"] for line in lines(stream)]


def test_lines_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", "json")
    get_logger("shop").info("sold")
    captured = capsys.readouterr()
    assert ("", True) == (captured.out, "sold" in captured.err)
    assert sys.stderr is not sys.stdout


def test_warnings_are_lines() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    (line,) = lines(stream)
    assert "DeprecationWarning: old" in line["event"]
    assert "py.warnings" == line["logger"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_text_from_outside_forges_no_line_and_commands_no_terminal(log_format: LogFormat) -> None:
    stream = io.StringIO()
    configure_logs("INFO", log_format, stream)
    get_logger("shop").info("a\nb", peer="x\x1b[2J\r\ny")
    logging.getLogger("theirs").info("%s", "a\nb\x1b[2J")
    written = stream.getvalue()
    assert 2 == len(written.splitlines())
    assert all(line.isprintable() for line in written.splitlines())


def test_a_value_that_cannot_be_shown_does_not_lose_its_line() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    get_logger("shop").info("sold", value=Unprintable())
    assert "<Unprintable without repr>" == lines(stream)[0]["value"]


@pytest.mark.parametrize(
    "value", [2**64, float("nan"), "half of a pair: \ud83d", "\x85", {1: "a"}, {("a",): 1}, b"a"]
)
def test_what_json_lacks_does_not_lose_its_line(value: object) -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    get_logger("shop").info("sold", value=value)
    (line,) = lines(stream)
    assert ("sold", "shop") == (line["event"], line["logger"])


def test_a_value_of_the_context_does_not_replace_a_lines_own() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    with structlog.contextvars.bound_contextvars(book=1, shelf=2):
        get_logger("shop").bind(reader=3).info("sold", book=4)
    (line,) = lines(stream)
    assert (4, 2, 3) == (line["book"], line["shelf"], line["reader"])


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_a_line_names_its_level(level: str) -> None:
    stream = io.StringIO()
    configure_logs("DEBUG", "json", stream)
    getattr(get_logger("shop"), level)("sold %d", 3)
    (line,) = lines(stream)
    assert (level, "sold 3") == (line["level"], line["event"])


def test_lines_of_calls_wait_for_others_unless_somebody_looks_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "LogOutput", partial(LogOutput, delay_seconds=NEVER))
    for stream, expected in ((io.StringIO(), 0), (Terminal(), 1)):
        configure_logs("INFO", "json", stream)
        log = get_logger(GRPC_CALLS)
        log.info("call")
        assert expected == stream.getvalue().count("call")
        log.error("call raised")
        assert ["call", "call raised"] == [line["event"] for line in lines(stream)]


def test_a_reader_that_is_gone_does_not_stop_the_work() -> None:
    configure_logs("INFO", "json", Broken())
    get_logger("shop").info("sold")
    logging.getLogger("theirs").info("sold")


def test_a_stream_that_is_closed_does_not_stop_the_work() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    stream.close()
    get_logger("shop").info("sold")


def test_a_logger_without_a_name_is_no_error() -> None:
    """A library's, say."""
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    structlog.get_logger().info("sold")
    assert ["sold"] == [line["event"] for line in lines(stream)]


def test_loggers_follow_a_new_configuration() -> None:
    """As a worker process makes it after a fork."""
    log = get_logger("shop")
    configure_logs("INFO", "json", io.StringIO())
    log.info("lost")
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    log.info("found")
    assert ["found"] == [line["event"] for line in lines(stream)]


@given(st.text(), st.text())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_one_line_that_gives_it_back(event: str, value: str) -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream)
    get_logger("shop").info(event, value=value)
    (line,) = lines(stream)
    assert (event, value) == (line["event"], line["value"])
