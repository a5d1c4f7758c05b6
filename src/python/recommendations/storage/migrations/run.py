"""Runs the migrations, forwards and back."""

import logging
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from recommendations.errors import SchemaMismatch, StorageError
from recommendations.storage.migrations.versions import v0001_catalogue_interactions_models
from recommendations.storage.schema import schema_version
from recommendations.storage.tables import SCHEMA_VERSION, Base

EMPTY = "0000"
"""Stands for the schema before the first migration: no tables at all."""

MIGRATIONS = (v0001_catalogue_interactions_models,)
"""In their order. Alembic finds them in their folder, and would miss none that is not here."""

_LOCK = 0x0B00C5
"""Of PostgreSQL: whoever migrates holds it; a number that nobody else uses."""


class UnknownVersion(StorageError):
    """There is no such version of the schema."""

    def __init__(self, wanted: str) -> None:
        names = ", ".join([EMPTY, *known_versions()])
        super().__init__(f"there is no schema {wanted!r}; there are {names}")


def known_versions() -> tuple[str, ...]:
    """Give the versions that the migrations lead through, the first one first."""
    return tuple(migration.revision for migration in MIGRATIONS)


def migrate(connection: Connection, to: str = SCHEMA_VERSION) -> tuple[str | None, str | None]:
    """Bring a database to a version of the schema, within the caller's transaction.

    One process at a time: others wait, and find the work done. Gives the versions before and after.

    Raises UnknownVersion, or SchemaMismatch where a later version of the program made the tables.
    """
    if to not in (EMPTY, *known_versions()):
        raise UnknownVersion(to)
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    before = schema_version(connection)
    if before is not None and before not in known_versions():
        raise SchemaMismatch(before, SCHEMA_VERSION)
    if to == (before or EMPTY):
        return before, before
    # What it says is for whoever writes migrations.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    target = "base" if to == EMPTY else to
    scripts = _scripts()

    # What Alembic's own commands call; it has no public name, for they expect an `env.py`.
    def steps(revision: Any, _: MigrationContext) -> Any:
        if to < (before or EMPTY):
            return scripts._downgrade_revs(target, revision)
        return scripts._upgrade_revs(target, revision)

    environment = EnvironmentContext(Config(), scripts, fn=steps, destination_rev=target)
    environment.configure(connection=connection, target_metadata=Base.metadata)
    environment.run_migrations()
    return before, schema_version(connection)


def differences(connection: Connection) -> list[Any]:
    """Compare the tables of a database with those of `tables`: what Alembic would change."""
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


def _scripts() -> ScriptDirectory:
    folder = Path(str(files("recommendations.storage.migrations")))
    return ScriptDirectory(str(folder), version_locations=[str(folder / "versions")])
