"""Which database to use: what DATABASE_URL may say, and where the default one is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from recommendations.errors import StorageError

NONE = "none"
"""The value of DATABASE_URL with which nothing is kept."""

_DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_WRONG = "is neither 'none' nor a URL like sqlite:////folder/file or postgresql://host/database"


def _checked(text: SecretStr | None) -> SecretStr | None:
    if text is not None and text.get_secret_value() != NONE:
        parse_url(text.get_secret_value())
    return text


DatabaseUrl = Annotated[SecretStr | None, AfterValidator(_checked)]
"""A setting that may hold a password."""


def parse_url(text: str) -> URL:
    """Make a URL of its text. Raises ValueError for what is none of ours."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # A port that is no number is a plain ValueError.
        raise ValueError(_WRONG) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None or (driver == "sqlite" and not _names_a_file(url)):
        raise ValueError(_WRONG)
    return url.set(drivername=driver)


class NoStateFolder(StorageError):
    """There is no folder in which a program of this user may keep files."""


def default_url(environ: Mapping[str, str]) -> URL:
    """Give the database of this user; its folder exists when this returns.

    It is in XDG_STATE_HOME or `~/.local/state` (XDG Base Directory Specification).

    Raises NoStateFolder if the folder cannot be made, or if nothing names one.
    """
    home = environ.get("HOME", "")
    state = environ.get("XDG_STATE_HOME", "")
    # The specification ignores relative ones.
    if not state.startswith("/"):
        if not home.startswith("/"):
            raise NoStateFolder("neither XDG_STATE_HOME nor HOME names a folder")
        state = f"{home}/.local/state"
    folder = Path(state) / "onlinebooks"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / "recommendations.db"
        with probe.open("ab"):
            pass
    except OSError as error:
        raise NoStateFolder(f"{error.filename}: {error.strerror}") from error
    return URL.create("sqlite", database=str(probe))


def _names_a_file(url: URL) -> bool:
    return bool(url.database) and url.database != ":memory:" and not url.query and not url.host
