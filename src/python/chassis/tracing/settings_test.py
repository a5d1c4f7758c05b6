"""What is made of OpenTelemetry's variables, and what is said of those that are wrong."""

from pathlib import Path

import pytest

from chassis.settings import SettingsError, load_settings
from chassis.tracing.settings import TracingSettings

COLLECTOR = "http://collector:4317"


def endpoint(**environ: str) -> str | None:
    return load_settings(TracingSettings, environ).traces_endpoint


def test_without_an_endpoint_there_is_no_tracing() -> None:
    assert endpoint() is None
    assert endpoint(OTEL_EXPORTER_OTLP_ENDPOINT="", OTEL_SERVICE_NAME="shop") is None


def test_an_endpoint_switches_it_on() -> None:
    assert COLLECTOR == endpoint(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR)
    assert COLLECTOR == endpoint(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=COLLECTOR)


def test_one_for_traces_alone_is_stronger() -> None:
    assert COLLECTOR == endpoint(
        OTEL_EXPORTER_OTLP_ENDPOINT="http://other:4317",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=COLLECTOR,
    )


@pytest.mark.parametrize(
    "environ", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}]
)
def test_it_can_be_switched_off_all_the_same(environ: dict[str, str]) -> None:
    assert endpoint(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR, **environ) is None


def test_every_mistake_is_listed(tmp_path: Path) -> None:
    wrong = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(tmp_path / "none.pem"),
        "OTEL_EXPORTER_OTLP_TIMEOUT": "soon",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "zip",
        "OTEL_TRACES_EXPORTER": "zipkin",
        "OTEL_SDK_DISABLED": "perhaps",
        "OTEL_RESOURCE_ATTRIBUTES": "a=b,c",
        "OTEL_TRACES_SAMPLER": "sometimes",
        "OTEL_TRACES_SAMPLER_ARG": "2",
        "OTEL_BSP_SCHEDULE_DELAY": "0",
        "OTEL_BSP_MAX_QUEUE_SIZE": "10",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "11",
    }
    with pytest.raises(SettingsError) as raised:
        load_settings(TracingSettings, wrong)
    problems = raised.value.problems
    right = {"OTEL_BSP_MAX_QUEUE_SIZE"}
    assert wrong.keys() - right == {problem.partition(":")[0] for problem in problems}
    assert "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector' names no port" in problems
    assert "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '11' is more than OTEL_BSP_MAX_QUEUE_SIZE" in problems


@pytest.mark.parametrize(
    "value",
    [
        "ftp://collector:4317",
        "http://",
        "http://:4317",
        "http://collector:none",
        "http://collector:99999",
        "http://[::1",
    ],
)
def test_what_is_no_endpoint_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
        endpoint(OTEL_EXPORTER_OTLP_ENDPOINT=value)


def test_what_else_is_said_of_a_service_is_a_list_of_pairs() -> None:
    pairs = "deployment.environment.name=test,empty="
    settings = load_settings(TracingSettings, {"OTEL_RESOURCE_ATTRIBUTES": pairs})
    assert pairs == settings.otel_resource_attributes


@pytest.mark.parametrize("value", ["https://traces.example", "http://[::1]:4317", "http://c:1/v1"])
def test_an_endpoint_may_be_any_url_of_a_server(value: str) -> None:
    assert value == endpoint(OTEL_EXPORTER_OTLP_ENDPOINT=value)
