"""The default database: made, migrated and filled by whichever process comes first."""

from sqlalchemy import URL, Connection

from recommendations.catalog_csv import load_default
from recommendations.storage.books import has_books, write_books
from recommendations.storage.changes import changed
from recommendations.storage.database import Database
from recommendations.storage.schema import schema_version
from recommendations.storage.tables import CATALOGUE, SCHEMA_VERSION

PREPARING_SECONDS = 30.0
"""How long a process may work at the database, or wait for the one that does."""


def maker(url: URL) -> Database:
    """Give the file that `url` names for being made and filled, by one of several processes."""
    return Database(url, PREPARING_SECONDS, create=True)


def prepare(database: Database) -> bool:
    """Bring the schema up to date, and fill a database without books with those that ship.

    Several processes may do so at once: one works, the others wait and find it done. Gives whether
    books were written. Raises DatabaseUnavailable, or SchemaMismatch for that of a later version.
    """
    with database.writing() as connection:
        if schema_version(connection) != SCHEMA_VERSION:
            # Loaded only now: each start but the first does without Alembic, which is large.
            from recommendations.storage.migrations.run import migrate

            migrate(connection)
        return seed(connection) > 0


def seed(connection: Connection) -> int:
    """Write the catalogue that ships to a database without books; give how many were written."""
    if has_books(connection):
        return 0
    count = write_books(connection, load_default().books)
    changed(connection, CATALOGUE)
    return count
