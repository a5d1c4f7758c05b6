"""The settings of the service; see `chassis.settings` for how they are read."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from chassis.flags import Flag
from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.grpc_settings import ServerKind
from recommendations.storage.settings import NONE, DatabaseSettings


class RecommendationsSettings(DatabaseSettings, GrpcServiceSettings):
    """What the service is told when it starts."""

    listen_port: Annotated[int, Flag("--port", "PORT")] = Field(
        default=50051,
        ge=0,
        le=65535,
        description="The port to listen on; 0 lets the system choose.",
    )
    server_kind: ServerKind = Field(
        default="asyncio",
        description=(
            "Whether calls are handled on an event loop (uvloop), or on threads (`threads`), which"
            " takes twice the processor time."
        ),
    )
    catalogue_file: Annotated[Path | None, Flag("--catalogue", "FILE.csv")] = Field(
        default=None,
        description=(
            "A catalogue to serve from memory, without any database; what readers do is not kept."
        ),
    )
    refresh_seconds: float = Field(
        default=2.0,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        description=(
            "How often to look whether the database has something newer than what is in memory."
        ),
    )

    @model_validator(mode="after")
    def _one_catalogue(self) -> "RecommendationsSettings":
        url = self.database_url
        if self.catalogue_file and url and url.get_secret_value() != NONE:
            raise ValueError(
                "CATALOGUE_FILE and DATABASE_URL name two catalogues: import the file into the"
                " database (`recommendations import`), or set DATABASE_URL to none"
            )
        return self
