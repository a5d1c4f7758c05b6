"""Which schema a database has, and whether this version of the program can work with it."""

from sqlalchemy import Connection, inspect, text

from recommendations.errors import SchemaMismatch
from recommendations.storage.tables import SCHEMA_VERSION

_TABLE = "alembic_version"


def schema_version(connection: Connection) -> str | None:
    """Give the version of the schema, or None where there is none."""
    if not inspect(connection).has_table(_TABLE):
        return None
    # Its name is a constant of this module.
    found: str | None = connection.execute(
        text(f"SELECT version_num FROM {_TABLE}")  # noqa: S608
    ).scalar()
    return found


def check_schema(connection: Connection) -> None:
    """Raise SchemaMismatch unless the tables are those of `tables`."""
    found = schema_version(connection)
    if found != SCHEMA_VERSION:
        raise SchemaMismatch(found, SCHEMA_VERSION)
