"""The settings of whatever uses the database."""

from typing import Annotated

from msgspec import Meta

from chassis.secret import Secret
from chassis.setting import Parser
from chassis.settings import Settings

MAX_CONNECTIONS = 4
"""How many connections a process has at once; more wait for one, as long as they may."""

NONE = "none"
"""The value of DATABASE_URL with which nothing is kept."""


def _checked(text: str) -> Secret:
    if text != NONE:
        # Loaded only now: who has no database needs nothing of SQLAlchemy, which is large.
        from recommendations.storage.database_url import parse_url

        parse_url(text)
    return Secret(text)


DatabaseUrl = Annotated[Secret | None, Parser(_checked)]
"""A setting that may hold a password."""


class DatabaseSettings(Settings):
    """Where the database is, and how long it may take."""

    database_url: Annotated[
        DatabaseUrl,
        Meta(
            description=(
                "The database: `postgresql://user:password@host/name`, or `sqlite:////folder/file`"
                " for a file; `none` serves the catalogue that ships and keeps nothing. Unset"
                " means a SQLite file in the user's state folder, made at the first start; where"
                " there is no such folder, `none`."
            ),
        ),
    ] = None
    database_timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=60,
            description=(
                "How long a call may wait for the database, for a connection and for the answer;"
                " then it ends with UNAVAILABLE."
            ),
        ),
    ] = 2.0
