"""The settings of whatever uses the database."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chassis.settings import Settings

MAX_CONNECTIONS = 4
"""How many connections a process has at once; more wait for one, as long as they may."""

NONE = "none"
"""The value of DATABASE_URL with which nothing is kept."""


def _checked(text: SecretStr | None) -> SecretStr | None:
    if text is not None and text.get_secret_value() != NONE:
        # Loaded only now: who has no database needs nothing of SQLAlchemy, which is large.
        from recommendations.storage.database_url import parse_url

        parse_url(text.get_secret_value())
    return text


DatabaseUrl = Annotated[SecretStr | None, AfterValidator(_checked)]
"""A setting that may hold a password."""


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
