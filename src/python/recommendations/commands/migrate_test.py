"""`recommendations migrate`, as a person or a job runs it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from recommendations.command_line import run_command
from recommendations.storage.books import has_books
from recommendations.storage.database import Database
from recommendations.storage.schema import schema_version


class Command:
    """Runs against a database; keeps what was said last."""

    def __init__(self, environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
        self._environ = environ
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *argv: str) -> int:
        try:
            return run_command(["migrate", *argv], self._environ)
        except SystemExit as error:
            return int(error.code or 0)
        finally:
            self.out, self.err = self._capsys.readouterr()


@pytest.fixture()
def command(empty_url: str, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command({"DATABASE_URL": empty_url}, capsys)


def test_tables_are_made_once(command: Command, empty_url: str) -> None:
    assert 0 == command()
    assert "the schema is 0001: was 0000\n" == command.out
    assert 0 == command()
    assert "the schema is 0001: nothing to do\n" == command.out
    database = Database(empty_url, 60)
    with database.reading() as connection:
        assert "0001" == schema_version(connection)
        assert not has_books(connection)
    database.close()


def test_it_goes_back_when_told_to(command: Command, empty_url: str) -> None:
    command()
    assert 0 == command("--to", "0000")
    assert "the schema is 0000: was 0001\n" == command.out


def test_books_are_written_where_there_are_none(command: Command) -> None:
    assert 0 == command("--seed")
    assert "297 books of the catalogue that ships were written\n" in command.out
    assert 0 == command("--seed")
    assert "0 books of the catalogue that ships were written\n" in command.out


def test_a_check_says_what_is_wrong_and_changes_nothing(command: Command, empty_url: str) -> None:
    database = Database(empty_url, 60, create=True)
    with database.reading() as connection:
        assert schema_version(connection) is None
    database.close()
    assert 1 == command("--check")
    assert "no tables yet" in command.err
    command()
    assert 0 == command("--check")
    assert "the schema is 0001\n" == command.out


def test_the_tables_of_a_later_version_are_refused(command: Command, empty_url: str) -> None:
    command()
    database = Database(empty_url, 60)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0042'"))
    database.close()
    for argv in ((), ("--check",), ("--to", "0000")):
        assert 1 == command(*argv)
        assert "recommendations migrate: the schema of the database is too new: it is 0042" in (
            command.err
        )


@pytest.mark.parametrize("argv", [("--to", "12"), ("--seed", "--to", "0000"), ("--what",), ("x",)])
def test_wrong_usage_is_2(command: Command, argv: tuple[str, ...]) -> None:
    assert 2 == command(*argv)
    assert "recommendations migrate: " in command.err


def test_a_database_that_is_away_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    command = Command({"DATABASE_URL": "postgresql://127.0.0.1:1/books"}, capsys)
    assert 1 == command()
    assert "Connection refused" in command.err


def test_no_database_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == Command({"DATABASE_URL": "none"}, capsys)()
    command = Command({}, capsys)
    assert 1 == command()
    assert "neither XDG_STATE_HOME nor HOME" in command.err


def test_wrong_settings_are_2(capsys: pytest.CaptureFixture[str]) -> None:
    command = Command({"DATABASE_URL": "x", "DATABASE_TIMEOUT_SECONDS": "0"}, capsys)
    assert 2 == command()
    assert "DATABASE_URL: the value is neither" in command.err
    assert "DATABASE_TIMEOUT_SECONDS: '0' is not more than 0.0" in command.err


def test_the_default_database_of_a_user_is_migrated_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = Command({"XDG_STATE_HOME": str(tmp_path)}, capsys)
    assert 0 == command("--check")
    assert (tmp_path / "onlinebooks" / "recommendations.db").exists()
