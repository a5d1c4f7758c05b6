"""The settings of the service; see `chassis.settings` for how they are read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.grpc_settings import ServerKind
from chassis.service_settings import Port
from chassis.setting import Flag
from recommendations.storage.settings import NONE, DatabaseSettings


class RecommendationsSettings(DatabaseSettings, GrpcServiceSettings):
    """What the service is told when it starts."""

    listen_port: Annotated[
        Port,
        Flag("--port", "PORT"),
        Meta(description="The port to listen on; 0 lets the system choose."),
    ] = 50051
    server_kind: Annotated[
        ServerKind,
        Meta(
            description=(
                "Whether calls are handled on an event loop (uvloop), or on threads (`threads`),"
                " which takes twice the processor time."
            ),
        ),
    ] = "asyncio"
    catalogue_file: Annotated[
        Path | None,
        Flag("--catalogue", "FILE.csv"),
        Meta(
            description=(
                "A catalogue to serve from memory, without any database; what readers do is not"
                " kept."
            ),
        ),
    ] = None
    refresh_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description=(
                "How often to look whether the database has something newer than what is in memory."
            ),
        ),
    ] = 2.0

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together."""
        yield from super().mistakes(sound)
        url = sound.get("database_url")
        if sound.get("catalogue_file") and url and url.text != NONE:
            yield (
                "catalogue_file",
                "and DATABASE_URL name two catalogues: import the file into the database"
                " (`recommendations import`), or set DATABASE_URL to none",
            )
