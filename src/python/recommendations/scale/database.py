"""Databases to measure with, made the way a shop makes its own, and kept for the next time."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from recommendations.catalog_csv import load_default
from recommendations.catalog_csv_writer import write_books
from recommendations.scale import generate
from recommendations.storage.tables import SCHEMA_VERSION

NINE = 9
NINE_READERS = 500
VIEWS = 3


class CommandError(Exception):
    """A command of the service failed; it has said why."""


@dataclass(frozen=True, slots=True)
class Made:
    """A database, and for each file how many rows it has and in how many seconds it was imported.

    imports: empty if that was another time.
    """

    url: str
    imports: Mapping[str, tuple[int, float]]


def nine_books(folder: Path) -> Made:
    """Give a database of the tutorial's nine books, of which each reader looked at three."""
    with (folder / "books.csv").open("w", encoding="utf-8", newline="") as file:
        books = [book for book in load_default().books if book.featured]
        write_books(books, file)
    rng = Random(1)
    with (folder / "interactions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["reader_id", "book_id", "kind"])
        for reader in range(1, NINE_READERS + 1):
            chosen = rng.sample(books, VIEWS)
            writer.writerows([reader, book.id, "viewed"] for book in chosen)
    return _filled(folder / "shop.db", folder)


def many_books(cache: Path, books: int, interactions: int, seed: int) -> Made:
    """Give a database of books that do not exist, made unless it is in the cache.

    The same numbers make the same books and readers.
    """
    kept = cache / f"shop-{SCHEMA_VERSION}-{books}-{interactions}-{seed}.db"
    if kept.exists():
        return Made(f"sqlite:///{kept}", {})
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as name:
        folder = Path(name)
        options = {"--books": books, "--interactions": interactions, "--seed": seed}
        arguments = [str(each) for option in options.items() for each in option]
        if generate.main([str(folder), *arguments]):
            raise CommandError("generate failed")
        made = _filled(folder / "shop.db", folder)
        (folder / "shop.db").rename(kept)
    return Made(f"sqlite:///{kept}", made.imports)


def environment(url: str) -> dict[str, str]:
    """Give the variables with which another process imports what this one can, and the database."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "DATABASE_URL": url}


def _filled(file: Path, folder: Path) -> Made:
    url = f"sqlite:///{file}"
    _run(url, ["recommendations.main", "migrate"])
    imports = {}
    for name in ("books.csv", "interactions.csv"):
        start = time.perf_counter()
        _run(url, ["recommendations.main", "import", str(folder / name)])
        seconds = time.perf_counter() - start
        imports[name] = _rows(folder / name), seconds
    _run(url, ["recommendations.learning.main"])
    return Made(url, imports)


def _run(url: str, command: Sequence[str]) -> None:
    # What commands say of their work is progress here.
    done = subprocess.run(
        [sys.executable, "-m", *command], env=environment(url), stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise CommandError(f"{' '.join(command)} ended with {done.returncode}")


def _rows(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines) - 1
