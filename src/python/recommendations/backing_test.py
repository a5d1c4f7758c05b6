"""Which books are served, and where interactions go, by the settings."""

from pathlib import Path

import pytest
from sqlalchemy import text

from chassis.settings import SettingsError, load_settings
from chassis.testing.postgresql import PostgresServer
from chassis.testing.recording_log import RecordingLog
from recommendations.backing import Backing, chosen
from recommendations.catalog_csv import load_default
from recommendations.errors import NoCatalog, SchemaMismatch
from recommendations.settings import RecommendationsSettings
from recommendations.storage.database import Database

ONE_BOOK = "id,title,authors,year,categories\n7,Mine,Me,1990,fantasy\n"


class Choice:
    """What is chosen, and what is said."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.log = RecordingLog()
        patient = {"DATABASE_TIMEOUT_SECONDS": "60", **environ}
        settings = load_settings(RecommendationsSettings, patient)
        self.backing: Backing = chosen(settings, environ, self.log.logger)


def test_a_file_is_served_from_memory(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_text(ONE_BOOK)
    for extra in ({}, {"DATABASE_URL": "none"}):
        environ = {"CATALOGUE_FILE": str(path), "XDG_STATE_HOME": str(tmp_path / "state"), **extra}
        backing = Choice(environ).backing
        assert "Mine" == backing.shops().catalog.books[0].title
        assert backing.database is None
    assert not (tmp_path / "state").exists()


def test_a_file_and_a_database_contradict_each_other() -> None:
    environ = {"CATALOGUE_FILE": "books.csv", "DATABASE_URL": "sqlite:////books.db"}
    with pytest.raises(
        SettingsError, match="CATALOGUE_FILE: '.*' and DATABASE_URL name two catalogues"
    ):
        Choice(environ)


def test_without_a_database_the_catalogue_that_ships_is_served(tmp_path: Path) -> None:
    choice = Choice({"DATABASE_URL": "none", "XDG_STATE_HOME": str(tmp_path)})
    assert load_default().books == choice.backing.shops().catalog.books
    assert [] == choice.log.lines_of("no database: nothing that readers do is kept")


def test_without_a_state_folder_the_same_but_it_says_so() -> None:
    choice = Choice({})
    assert load_default().books == choice.backing.shops().catalog.books
    (line,) = choice.log.lines_of("no database: nothing that readers do is kept")
    assert "HOME" in line["why"]


def test_a_database_of_this_user_is_made_and_filled_once(tmp_path: Path) -> None:
    for times in (1, 0):
        choice = Choice({"XDG_STATE_HOME": str(tmp_path)})
        written = choice.log.lines_of("the catalogue that ships was written to the database")
        assert times == len(written)
        assert choice.backing.prepare is None
        with pytest.raises(NoCatalog):
            choice.backing.shops()


def test_a_database_that_is_busy_is_prepared_later(tmp_path: Path) -> None:
    folder = tmp_path / "onlinebooks"
    folder.mkdir()
    (folder / "recommendations.db").write_bytes(b"no database" * 100)
    choice = Choice({"XDG_STATE_HOME": str(tmp_path)})
    assert choice.backing.prepare is not None
    (line,) = choice.log.lines_of("the database is not to be had")
    assert "file is not a database" in line["why"]


def test_a_server_that_is_away_is_no_reason_not_to_start(
    own_postgresql: PostgresServer,
) -> None:
    url = own_postgresql.new_database()
    own_postgresql.kill()
    choice = Choice({"DATABASE_URL": url})
    assert choice.backing.database is not None
    assert choice.backing.prepare is None
    assert ["unreachable"] == [
        line["how"] for line in choice.log.lines_of("the database is not to be had")
    ]


def test_tables_of_another_version_are_a_reason(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    for version, words in (("0000", "too old: it is 0000"), ("9999", "too new: it is 9999")):
        with database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        with pytest.raises(SchemaMismatch, match=words):
            Choice({"DATABASE_URL": url})
