"""What makes spans and sends them: OpenTelemetry's SDK, put together from our settings."""

import os
from typing import Any

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)

from chassis.tracing.settings import TracingSettings

_PARENT_BASED = "parentbased_"
# A proxy for web traffic in the environment is not for calls between services. (Typed too narrowly
# where it goes.)
_CHANNEL_OPTIONS: Any = (("grpc.enable_http_proxy", 0),)


class Exporter(OTLPSpanExporter):
    """Sends spans over gRPC. It may be shut down more than once."""

    def __init__(self, settings: TracingSettings) -> None:
        super().__init__(settings.traces_endpoint, channel_options=_CHANNEL_OPTIONS)
        self._down = False

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: object) -> None:
        """End what is being sent, and send nothing more."""
        if not self._down:
            self._down = True
            super().shutdown(timeout_millis, **kwargs)


def new_provider(settings: TracingSettings, service_name: str) -> tuple[TracerProvider, Exporter]:
    """Make what makes spans, and what sends them from a thread: make them after any fork.

    service_name: used unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES give another.

    Raises ValueError for variables that only the SDK knows, if they are wrong.
    """
    _unset_empty()
    exporter = Exporter(settings)
    resource = Resource.create({SERVICE_NAME: service_name}).merge(OTELResourceDetector().detect())
    # At the end of the process nothing is waited for but what its owner waits for.
    provider = TracerProvider(_sampler(settings), resource, shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter,
            max_queue_size=settings.otel_bsp_max_queue_size,
            schedule_delay_millis=settings.otel_bsp_schedule_delay,
            max_export_batch_size=settings.otel_bsp_max_export_batch_size,
        )
    )
    return provider, exporter


def _sampler(settings: TracingSettings) -> Sampler:
    name = settings.otel_traces_sampler
    roots = {
        "always_on": ALWAYS_ON,
        "always_off": ALWAYS_OFF,
        "traceidratio": TraceIdRatioBased(settings.otel_traces_sampler_arg),
    }
    root: Sampler = roots[name.removeprefix(_PARENT_BASED)]
    return ParentBased(root) if name.startswith(_PARENT_BASED) else root


def _unset_empty() -> None:
    """Let an empty variable count as none, as OpenTelemetry's specification has it."""
    for name, value in tuple(os.environ.items()):
        if name.startswith("OTEL_") and not value:
            del os.environ[name]
