"""Settings of tracing: OpenTelemetry's standard variables, so that a collector's guide fits."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from chassis.setting import Parser
from chassis.setting_values import ExistingFile
from chassis.settings import Settings

Sampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]


def _endpoint(text: str) -> str:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("is not a URL such as http://collector:4317")
    if url.scheme == "http" and port is None:
        # gRPC would take 443, in plain text.
        raise ValueError("names no port")
    return text


def _pairs(text: str) -> str:
    for pair in text.split(","):
        key, equals, _ = pair.partition("=")
        if not (key.strip() and equals):
            raise ValueError("is not a list such as key=value,key=value")
    return text


Endpoint = Annotated[str, Parser(_endpoint)]
"""The URL of a collector that speaks OTLP over gRPC; what is behind host and port is ignored."""


class TracingSettings(Settings):
    """Whether there are traces, and how they are sent. Without an endpoint there are none.

    These are the variables that are checked when a service starts. Some of them, and others of the
    standard, such as OTEL_EXPORTER_OTLP_HEADERS, the SDK reads for itself.
    """

    otel_exporter_otlp_endpoint: Annotated[
        Endpoint | None,
        Meta(
            description=(
                "The collector that spans are sent to by OTLP over gRPC, such as"
                " http://collector:4317, or https:// for TLS. Unset means no tracing."
            ),
        ),
    ] = None
    otel_exporter_otlp_traces_endpoint: Annotated[
        Endpoint | None, Meta(description="The same for traces alone; it is stronger.")
    ] = None
    otel_exporter_otlp_protocol: Annotated[
        Literal["grpc"], Meta(description="How spans are sent. The only one there is.")
    ] = "grpc"
    otel_exporter_otlp_traces_protocol: Annotated[
        Literal["grpc"], Meta(description="The same for traces alone.")
    ] = "grpc"
    otel_exporter_otlp_certificate: Annotated[
        ExistingFile | None,
        Meta(
            description=(
                "Certificates, in PEM, of the authorities that vouch for the collector; unset"
                " means those that gRPC ships with."
            ),
        ),
    ] = None
    otel_exporter_otlp_timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="How many seconds one attempt to send spans may take, retries included.",
        ),
    ] = 10.0
    otel_exporter_otlp_compression: Annotated[
        Literal["gzip"] | None, Meta(description="gzip, or unset: how spans are compressed.")
    ] = None
    otel_traces_exporter: Annotated[
        Literal["otlp", "none"], Meta(description="none switches tracing off.")
    ] = "otlp"
    otel_sdk_disabled: Annotated[bool, Meta(description="true switches tracing off.")] = False
    otel_service_name: Annotated[
        str | None, Meta(description="What traces call the service; unset means its own name.")
    ] = None
    otel_resource_attributes: Annotated[
        str | None,
        Parser(_pairs),
        Meta(description="What else is said of the service, as key=value with commas between."),
    ] = None
    otel_traces_sampler: Annotated[
        Sampler,
        Meta(
            description=(
                "Which traces are recorded; `parentbased_` leaves it to the caller, if any."
            ),
        ),
    ] = "parentbased_always_on"
    otel_traces_sampler_arg: Annotated[
        float,
        Meta(ge=0, le=1, description="The share of traces that the traceidratio samplers record."),
    ] = 1.0
    otel_bsp_schedule_delay: Annotated[
        int,
        Meta(
            ge=1,
            le=600_000,
            description="How many milliseconds spans are collected before they are sent together.",
        ),
    ] = 5000
    otel_bsp_max_queue_size: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="How many spans may wait to be sent; beyond it the oldest are dropped.",
        ),
    ] = 2048
    otel_bsp_max_export_batch_size: Annotated[
        int, Meta(ge=1, le=1_000_000, description="How many spans are sent at once at most.")
    ] = 512

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together."""
        yield from super().mistakes(sound)
        batch, queue = "otel_bsp_max_export_batch_size", "otel_bsp_max_queue_size"
        if {batch, queue} <= sound.keys() and sound[batch] > sound[queue]:
            yield batch, "is more than OTEL_BSP_MAX_QUEUE_SIZE"

    @property
    def traces_endpoint(self) -> str | None:
        """Where spans are sent, None if tracing is off."""
        if self.otel_sdk_disabled or self.otel_traces_exporter == "none":
            return None
        return self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint
