"""What the service loads: whatever it does not need costs each start time, and memory for good."""

from pathlib import Path

from chassis.testing.process import ServiceProcess, python_environment
from recommendations.testing.variants import COMMAND, SECONDS

LARGE = {
    *("alembic", "cryptography", "grpc_reflection.v1alpha", "opentelemetry", "psycopg"),
    *("sqlalchemy", "tqdm", "uvloop"),
}
"""Libraries that only some settings, or some calls, need."""
TELLING = (COMMAND[0], "-X", "importtime", *COMMAND[1:])
ONE_BOOK = "id,title,authors,year,categories\n7,Mine,Me,1990,fantasy\n"


def loaded(**settings: str) -> set[str]:
    """Give those of the large libraries that a service has loaded when it listens."""
    with ServiceProcess(TELLING, {**python_environment(), **settings}, SECONDS) as service:
        service.port()
        lines = service.log.splitlines()
    modules = {each.rpartition("|")[2].strip() for each in lines if "import time:" in each}
    return LARGE & modules


def test_without_a_database_none_of_what_databases_need(tmp_path: Path) -> None:
    file = tmp_path / "books.csv"
    file.write_text(ONE_BOOK)
    assert {"uvloop"} == loaded(CATALOGUE_FILE=str(file))
    assert {"uvloop"} == loaded(DATABASE_URL="none")


def test_migrations_only_at_the_start_that_migrates(tmp_path: Path) -> None:
    first, second = (loaded(XDG_STATE_HOME=str(tmp_path)) for _ in range(2))
    assert {"alembic", "sqlalchemy", "uvloop"} == first
    assert {"sqlalchemy", "uvloop"} == second


def test_an_event_loop_of_its_own_for_asyncio_alone() -> None:
    assert set() == loaded(DATABASE_URL="none", SERVER_KIND="threads")
