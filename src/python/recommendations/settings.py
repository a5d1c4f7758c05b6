"""The settings of the service; see `chassis.settings` for how they are read."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from chassis.flags import Flag
from chassis.grpc_service_settings import GrpcServiceSettings


class RecommendationsSettings(GrpcServiceSettings):
    """What the service is told when it starts."""

    listen_port: Annotated[int, Flag("--port", "PORT")] = Field(
        default=50051,
        ge=0,
        le=65535,
        description="The port to listen on; 0 lets the system choose.",
    )
    catalogue_file: Annotated[Path | None, Flag("--catalogue", "FILE.csv")] = Field(
        default=None,
        description="The catalogue to serve; unset means the one that ships with the service.",
    )
