"""Databases for commands: unlike the service they need one now."""

from collections.abc import Mapping

from recommendations.errors import StorageError
from recommendations.storage.database import Database
from recommendations.storage.database_url import default_url, parse_url
from recommendations.storage.migrations.run import migrate
from recommendations.storage.settings import NONE, DatabaseSettings

LOCK_SECONDS = 30.0
"""How long a command waits for a connection, and for others that write."""


class NoDatabase(StorageError):
    """The settings say that there is none."""

    def __init__(self) -> None:
        super().__init__("DATABASE_URL is none: there is no database to work on")


def open_database(
    settings: DatabaseSettings, environ: Mapping[str, str], *, create: bool
) -> Database:
    """Give the database that the settings name, or the default one with its tables up to date.

    create: make the file of a SQLite database that is named and not there.

    Raises NoDatabase, NoStateFolder, DatabaseUnavailable or SchemaMismatch.
    """
    url = settings.database_url.text if settings.database_url else None
    if url == NONE:
        raise NoDatabase
    if url is not None:
        return Database(parse_url(url), LOCK_SECONDS, create=create)
    database = Database(default_url(environ), LOCK_SECONDS, create=True)
    with database.writing(LOCK_SECONDS) as connection:
        # It belongs to this user alone: the service would do the same at its next start.
        migrate(connection)
    return database
