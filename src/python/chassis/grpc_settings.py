"""The settings of a service that serves gRPC."""

from typing import Annotated, Literal

from pydantic import Field

from chassis.flags import Flag
from chassis.server_options import ServerOptions
from chassis.settings import Settings

ServerKind = Literal["threads", "asyncio"]


class GrpcSettings(Settings):
    """How the server works inside, and what it allows."""

    server_kind: ServerKind = Field(
        default="threads",
        description="Whether calls are handled on threads or on an event loop (uvloop).",
    )
    workers: Annotated[int, Flag("--workers", "N")] = Field(
        default=1,
        ge=1,
        le=64,
        description=(
            "How many processes serve on the port, supervised by one more if there are several."
            " What is said below of calls holds for each of them."
        ),
    )
    worker_timeout_seconds: float = Field(
        default=30.0,
        ge=1,
        le=3600,
        allow_inf_nan=False,
        description=(
            "How long one of several processes may leave a health check unanswered that it makes"
            " of itself, before it is ended and replaced. It must be longer than anything that"
            " keeps it busy."
        ),
    )
    server_threads: int = Field(
        default=16, ge=1, le=512, description="How many calls are handled at once on threads."
    )
    max_calls: int = Field(
        default=512,
        ge=1,
        le=100_000,
        description=(
            "How many calls may be in flight or in line; more are refused with RESOURCE_EXHAUSTED."
        ),
    )
    max_request_bytes: int = Field(
        default=1024 * 1024,
        ge=1024,
        le=64 * 1024 * 1024,
        description="The largest request; larger ones are refused with RESOURCE_EXHAUSTED.",
    )
    max_call_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        description=(
            "The budget of a call whose client set no deadline, or a later one; what is left of it"
            " bounds the calls that are made on its behalf."
        ),
    )
    max_connection_age_seconds: float = Field(
        default=300.0,
        gt=0,
        le=86400,
        allow_inf_nan=False,
        description=(
            "How old a connection gets, give or take a tenth, before its client is told to open"
            " another and so finds new servers; calls on it may go on for MAX_CALL_SECONDS."
        ),
    )
    reflection: bool = Field(
        default=True,
        description="Whether clients may ask which APIs there are (gRPC reflection).",
    )

    def server_options(self) -> ServerOptions:
        """Give the options that these settings amount to."""
        return ServerOptions(
            threads=self.server_threads,
            max_calls=self.max_calls,
            max_request_bytes=self.max_request_bytes,
            max_connection_age_seconds=self.max_connection_age_seconds,
            max_connection_age_grace_seconds=self.max_call_seconds,
            reflection=self.reflection,
            share_port=self.workers > 1,
        )
