"""What several tests begin with: ways in which the service can run, and databases.

Of databases there are both kinds: a SQLite file, and PostgreSQL from a real server.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis.testing.postgresql import PostgresServer, postgresql_programs, postgresql_server
from recommendations.storage.database import Database
from recommendations.storage.migrations.run import migrate
from recommendations.testing.variants import VARIANTS, Variant

NewUrl = Callable[[], str]


@pytest.fixture(params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each way in which the service can run: on threads, on asyncio, as one process, as two."""
    made: Variant = request.param
    return made


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A server that every test leaves as it is; each makes a database of its own in it."""
    with postgresql_server(_programs()) as server:
        yield server


@pytest.fixture()
def own_postgresql() -> Iterator[PostgresServer]:
    """A server that the test may kill."""
    with postgresql_server(_programs()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'books.db'}"
    server: PostgresServer = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture()
def database(empty_url: str) -> Iterator[Database]:
    """A database with our tables, of each kind in turn."""
    database = Database(empty_url, timeout_seconds=30, create=True)
    with database.writing() as connection:
        migrate(connection)
    yield database
    database.close()


def _programs() -> Path:
    programs = postgresql_programs()
    if programs is None:
        missing = "PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return programs
