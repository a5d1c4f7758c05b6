"""The settings of whatever uses the database."""

from pydantic import Field

from chassis.settings import Settings
from recommendations.storage.database_url import DatabaseUrl


class DatabaseSettings(Settings):
    """Where the database is, and how long it may take."""

    database_url: DatabaseUrl = Field(
        default=None,
        description=(
            "The database: `postgresql://user:password@host/name`, or `sqlite:////folder/file` for"
            " a file; `none` serves the catalogue that ships and keeps nothing. Unset means a"
            " SQLite file in the user's state folder, made at the first start; where there is no"
            " such folder, `none`."
        ),
    )
    database_timeout_seconds: float = Field(
        default=2.0,
        gt=0,
        le=60,
        allow_inf_nan=False,
        description=(
            "How long a call may wait for the database, for a connection and for the answer; then"
            " it ends with UNAVAILABLE."
        ),
    )
