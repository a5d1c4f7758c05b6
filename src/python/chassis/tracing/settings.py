"""Settings of tracing: OpenTelemetry's standard variables, so that a collector's guide fits."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, ValidationInfo, field_validator

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


Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""The URL of a collector that speaks OTLP over gRPC; what is behind host and port is ignored."""


class TracingSettings(Settings):
    """Whether there are traces, and how they are sent. Without an endpoint there are none.

    These are the variables that are checked when a service starts. Some of them, and others of the
    standard, such as OTEL_EXPORTER_OTLP_HEADERS, the SDK reads for itself.
    """

    otel_exporter_otlp_endpoint: Endpoint | None = Field(
        default=None,
        description=(
            "The collector that spans are sent to by OTLP over gRPC, such as"
            " http://collector:4317, or https:// for TLS. Unset means no tracing."
        ),
    )
    otel_exporter_otlp_traces_endpoint: Endpoint | None = Field(
        default=None, description="The same for traces alone; it is stronger."
    )
    otel_exporter_otlp_protocol: Literal["grpc"] = Field(
        default="grpc", description="How spans are sent. The only one there is."
    )
    otel_exporter_otlp_traces_protocol: Literal["grpc"] = Field(
        default="grpc", description="The same for traces alone."
    )
    otel_exporter_otlp_certificate: FilePath | None = Field(
        default=None,
        description=(
            "Certificates, in PEM, of the authorities that vouch for the collector; unset means"
            " those that gRPC ships with."
        ),
    )
    otel_exporter_otlp_timeout: float = Field(
        default=10.0,
        gt=0,
        le=600,
        allow_inf_nan=False,
        description="How many seconds one attempt to send spans may take, retries included.",
    )
    otel_exporter_otlp_compression: Literal["gzip"] | None = Field(
        default=None, description="gzip, or unset: how spans are compressed."
    )
    otel_traces_exporter: Literal["otlp", "none"] = Field(
        default="otlp", description="none switches tracing off."
    )
    otel_sdk_disabled: bool = Field(default=False, description="true switches tracing off.")
    otel_service_name: str | None = Field(
        default=None, description="What traces call the service; unset means its own name."
    )
    otel_resource_attributes: Annotated[str, AfterValidator(_pairs)] | None = Field(
        default=None,
        description="What else is said of the service, as key=value with commas between.",
    )
    otel_traces_sampler: Sampler = Field(
        default="parentbased_always_on",
        description="Which traces are recorded; `parentbased_` leaves it to the caller, if any.",
    )
    otel_traces_sampler_arg: float = Field(
        default=1.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The share of traces that the traceidratio samplers record.",
    )
    otel_bsp_schedule_delay: int = Field(
        default=5000,
        ge=1,
        le=600_000,
        description="How many milliseconds spans are collected before they are sent together.",
    )
    otel_bsp_max_queue_size: int = Field(
        default=2048,
        ge=1,
        le=1_000_000,
        description="How many spans may wait to be sent; beyond it the oldest are dropped.",
    )
    otel_bsp_max_export_batch_size: int = Field(
        default=512, ge=1, le=1_000_000, description="How many spans are sent at once at most."
    )

    @field_validator("otel_bsp_max_export_batch_size")
    @classmethod
    def _not_more_than_wait(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("otel_bsp_max_queue_size", value):
            raise ValueError("is more than OTEL_BSP_MAX_QUEUE_SIZE")
        return value

    @property
    def traces_endpoint(self) -> str | None:
        """Where spans are sent, None if tracing is off."""
        if self.otel_sdk_disabled or self.otel_traces_exporter == "none":
            return None
        return self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint
