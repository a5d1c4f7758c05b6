"""Tracing into a collector that a test can ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chassis.settings import load_settings
from chassis.testing.otlp_collector import OtlpCollector, collecting
from chassis.testing.recording_log import RecordingLog
from chassis.tracing.process_tracing import ProcessTracing
from chassis.tracing.settings import TracingSettings


@dataclass(frozen=True, slots=True)
class Traced:
    """Tracing, and where its spans end up."""

    tracing: ProcessTracing
    collector: OtlpCollector


def tracing_settings(address: str, **environ: str) -> TracingSettings:
    """Give settings under which spans go to a collector at "host:port" at once."""
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}",
        "OTEL_BSP_SCHEDULE_DELAY": "10",
        **environ,
    }
    return load_settings(TracingSettings, variables)


@contextmanager
def traced(service_name: str = "tested", **environ: str) -> Iterator[Traced]:
    """Run a collector while the block does, and give tracing that sends spans to it.

    environ: more of the standard variables.
    """
    collector = OtlpCollector()
    with collecting(collector) as address:
        settings = tracing_settings(address, **environ)
        tracing = ProcessTracing(settings, service_name, RecordingLog().logger)
        try:
            yield Traced(tracing, collector)
        finally:
            tracing.close()
