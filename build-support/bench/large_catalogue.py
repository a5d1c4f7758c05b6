"""Databases with as many books as wanted, the tutorial's nine among them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from bench.contender import ContenderError
from bench.recommend import NINE_BOOKS, SERVICE
from recommendations.book import Book
from recommendations.catalog_csv import read_catalog
from recommendations.catalog_csv_writer import write_books
from recommendations.scale.synthetic_books import SyntheticBooks

_SECONDS = 1800.0


def books(count: int) -> Iterator[Book]:
    """Give the nine, which are featured, and synthetic ones, which are not: so the legacy API
    answers the same questions alike at any size. At least nine.
    """
    nine = read_catalog(NINE_BOOKS).books
    yield from nine
    first_id = max(book.id for book in nine)
    if more := count - len(nine):
        yield from (replace(book, id=book.id + first_id) for book in SyntheticBooks(more))


def database(folder: Path, count: int) -> str:
    """Make a database in a folder and give its URL. Raises ContenderError."""
    url = f"sqlite:///{folder / 'books.db'}"
    file = folder / "books.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        write_books(books(count), text)
    _recommendations("migrate", url)
    _recommendations("import", url, str(file))
    file.unlink()
    return url


def _recommendations(command: str, url: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", SERVICE, command, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ContenderError(f"recommendations {command} fails: {done.stderr.strip()[-2000:]}")
