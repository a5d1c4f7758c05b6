"""Who does not trace pays nothing: OpenTelemetry is not even loaded."""

import signal
import sys

import httpx
import pytest

from chassis.testing.otlp_collector import OtlpCollector, collecting
from chassis.testing.process import ServiceProcess, python_environment

SECONDS = 60.0
OFF: dict[str, dict[str, str]] = {
    "no endpoint": {},
    "disabled": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317", "OTEL_SDK_DISABLED": "1"},
    "no exporter": {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317",
        "OTEL_TRACES_EXPORTER": "none",
    },
}
services = pytest.mark.parametrize("service", ["recommendations", "marketplace"])


def modules_loaded(service: str, **environ: str) -> set[str]:
    """Give what a service, its workers included, loads from its start to its end."""
    # Python itself tells of each module, on standard error.
    settings = {**python_environment(), **environ, "PYTHONPROFILEIMPORTTIME": "1"}
    command = (sys.executable, "-m", f"{service}.main")
    with ServiceProcess(command, settings, SECONDS) as process:
        port = process.port()
        if service == "marketplace":
            # A page loads what only pages need.
            url = f"http://127.0.0.1:{port}/"
            assert 200 == httpx.get(url, timeout=SECONDS, trust_env=False).status_code
        process.send(signal.SIGTERM)
        assert 0 == process.wait()
        told = [line for line in process.log.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in told}


@services
@pytest.mark.parametrize("environ", OFF.values(), ids=OFF)
def test_nothing_of_opentelemetry_is_loaded(service: str, environ: dict[str, str]) -> None:
    loaded = modules_loaded(service, **environ)
    assert "chassis.tracing.switch" in loaded
    assert set() == {name for name in loaded if name.startswith("opentelemetry")}


@services
def test_it_is_with_an_endpoint(service: str) -> None:
    """So the test above would see it."""
    with collecting(OtlpCollector()) as address:
        loaded = modules_loaded(service, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{address}")
    assert {"opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.grpc"} <= loaded
