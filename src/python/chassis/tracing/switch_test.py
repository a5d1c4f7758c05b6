"""Tracing while a block lasts, or none."""

from contextlib import suppress
from functools import partial

import pytest

from chassis.settings import SettingsError
from chassis.testing.otlp_collector import OtlpCollector, collecting
from chassis.testing.recording_log import RecordingLog
from chassis.testing.traced import tracing_settings
from chassis.tracing.settings import TracingSettings
from chassis.tracing.switch import new_tracing, tracing

LOG = RecordingLog().logger
SECONDS = 60.0


def test_without_an_endpoint_there_is_none() -> None:
    assert new_tracing(TracingSettings(), "shop", LOG) is None
    with tracing(TracingSettings(), "shop", LOG) as made:
        assert made is None


def test_spans_of_the_block_are_sent_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends it, if there is time enough."""
    collector = OtlpCollector()
    with collecting(collector) as address:
        settings = tracing_settings(address, OTEL_BSP_SCHEDULE_DELAY="600000")
        with suppress(ZeroDivisionError), tracing(settings, "shop", LOG) as made:
            assert made is not None
            monkeypatch.setattr(made, "close", partial(made.close, SECONDS))
            made.tracer().start_span("work").end()
            raise ZeroDivisionError
    assert ["work"] == [span.name for span in collector.spans]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "could not convert"),
    ],
)
def test_what_the_sdk_does_not_understand_stops_the_start(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its variables, those that are not checked before."""
    monkeypatch.setenv(name, "many")
    settings = tracing_settings("127.0.0.1:1")
    with pytest.raises(SettingsError, match=words), tracing(settings, "shop", LOG):
        raise AssertionError("it started")


def test_limits_that_are_wrong_show_before_there_are_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1")
    with pytest.raises(SettingsError, match="OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"):
        new_tracing(tracing_settings("127.0.0.1:1"), "shop", LOG)
