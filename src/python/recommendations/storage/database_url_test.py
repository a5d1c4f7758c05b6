"""Which databases may be named, and where the default one is."""

from pathlib import Path

import pytest

from chassis.secret import Secret
from chassis.settings import SettingsError, load_settings
from recommendations.storage.database_url import default_url, parse_url
from recommendations.storage.default_file import NoStateFolder
from recommendations.storage.settings import DatabaseSettings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqlite:////var/lib/books.db", "sqlite:////var/lib/books.db"),
        ("sqlite:///books.db", "sqlite:///books.db"),
        ("postgresql://me:p%40ss@db:5433/books", "postgresql+psycopg://me:p%40ss@db:5433/books"),
        ("postgres://db/books?sslmode=verify-full", None),
        ("postgresql+psycopg://db/books", "postgresql+psycopg://db/books"),
    ],
)
def test_a_database_is_named_by_its_url(text: str, expected: str | None) -> None:
    rendered = parse_url(text).render_as_string(hide_password=False)
    assert (expected or "postgresql+psycopg://db/books?sslmode=verify-full") == rendered


@pytest.mark.parametrize(
    "text",
    [
        "books.db",
        "mysql://db/books",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////books.db?mode=ro",
        "postgresql+asyncpg://db/books",
        "postgresql://db:port/books",
        "NONE",
    ],
)
def test_anything_else_is_a_wrong_setting_and_never_shown(text: str) -> None:
    """It may hold a password."""
    with pytest.raises(SettingsError) as error:
        load_settings(DatabaseSettings, {"DATABASE_URL": text})
    (problem,) = error.value.problems
    assert problem == (
        "DATABASE_URL: the value is neither 'none' nor a URL like sqlite:////folder/file or"
        " postgresql://host/database"
    )


def test_none_is_a_database_too() -> None:
    settings = load_settings(DatabaseSettings, {"DATABASE_URL": "none"})
    assert Secret("none") == settings.database_url


def test_the_default_is_in_the_state_folder(tmp_path: Path) -> None:
    state, home = tmp_path / "state", tmp_path / "home"
    url = default_url({"XDG_STATE_HOME": str(state), "HOME": str(home)})
    assert str(state / "onlinebooks" / "recommendations.db") == url.database
    assert 0o700 == (state / "onlinebooks").stat().st_mode & 0o777
    assert not home.exists()


@pytest.mark.parametrize("relative", [{}, {"XDG_STATE_HOME": "relative"}])
def test_without_a_state_folder_it_is_in_the_home(tmp_path: Path, relative: dict[str, str]) -> None:
    url = default_url({"HOME": str(tmp_path), **relative})
    expected = tmp_path / ".local" / "state" / "onlinebooks" / "recommendations.db"
    assert str(expected) == url.database


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "relative"}])
def test_without_a_home_there_is_none(environ: dict[str, str]) -> None:
    with pytest.raises(NoStateFolder, match="neither XDG_STATE_HOME nor HOME"):
        default_url(environ)


def test_where_no_folder_can_be_made_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoStateFolder, match="Not a directory"):
        default_url({"XDG_STATE_HOME": str(tmp_path / "file")})
