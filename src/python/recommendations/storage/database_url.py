"""Which database to use: what DATABASE_URL may say, and where the default one is."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from recommendations.storage.default_file import default_file

_DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_WRONG = "is neither 'none' nor a URL like sqlite:////folder/file or postgresql://host/database"


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


def default_url(environ: Mapping[str, str]) -> URL:
    """Give the database of this user; its file exists when this returns. Raises NoStateFolder."""
    return url_of_file(default_file(environ))


def url_of_file(file: Path) -> URL:
    """Give the URL of a SQLite file."""
    return URL.create("sqlite", database=str(file))


def _names_a_file(url: URL) -> bool:
    return bool(url.database) and url.database != ":memory:" and not url.query and not url.host
