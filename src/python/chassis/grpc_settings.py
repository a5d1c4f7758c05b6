"""The settings of a service that serves gRPC."""

from typing import Annotated, Literal

from msgspec import Meta

from chassis.server_options import ServerOptions
from chassis.setting import Flag
from chassis.settings import Settings

ServerKind = Literal["threads", "asyncio"]


class GrpcSettings(Settings):
    """How the server works inside, and what it allows."""

    server_kind: Annotated[
        ServerKind,
        Meta(description="Whether calls are handled on threads or on an event loop (uvloop)."),
    ] = "threads"
    workers: Annotated[
        int,
        Flag("--workers", "N"),
        Meta(
            ge=1,
            le=64,
            description=(
                "How many processes serve on the port, supervised by one more if there are"
                " several. What is said below of calls holds for each of them."
            ),
        ),
    ] = 1
    worker_timeout_seconds: Annotated[
        float,
        Meta(
            ge=1,
            le=3600,
            description=(
                "How long one of several processes may leave a health check unanswered that it"
                " makes of itself, before it is ended and replaced. It must be longer than anything"
                " that keeps it busy."
            ),
        ),
    ] = 30.0
    server_threads: Annotated[
        int, Meta(ge=1, le=512, description="How many calls are handled at once on threads.")
    ] = 16
    max_calls: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description=(
                "How many calls may be in flight or in line; more are refused with"
                " RESOURCE_EXHAUSTED."
            ),
        ),
    ] = 512
    max_request_bytes: Annotated[
        int,
        Meta(
            ge=1024,
            le=64 * 1024 * 1024,
            description="The largest request; larger ones are refused with RESOURCE_EXHAUSTED.",
        ),
    ] = 1_048_576
    max_call_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description=(
                "The budget of a call whose client set no deadline, or a later one; what is left"
                " of it bounds the calls that are made on its behalf."
            ),
        ),
    ] = 30.0
    max_connection_age_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=86400,
            description=(
                "How old a connection gets, give or take a tenth, before its client is told to"
                " open another and so finds new servers; calls on it may go on for"
                " MAX_CALL_SECONDS."
            ),
        ),
    ] = 300.0
    reflection: Annotated[
        bool, Meta(description="Whether clients may ask which APIs there are (gRPC reflection).")
    ] = True

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
