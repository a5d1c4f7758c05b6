"""The default database, when several processes start at once."""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select

from recommendations.catalog_csv import load_default
from recommendations.storage.changes import changes
from recommendations.storage.database import Database
from recommendations.storage.first_start import maker, prepare
from recommendations.storage.schema import check_schema
from recommendations.storage.tables import CATALOGUE, BookRow

PROCESSES = 6
WAIT = 60.0
LONGER = 2.5
"""Than a service that is not starting waits for another's lock."""


def start(path: Path, together: threading.Barrier) -> bool:
    """What a process does when it starts."""
    database = maker(make_url(f"sqlite:///{path}"))
    together.wait(WAIT)
    return prepare(database)


def test_of_many_that_start_at_once_one_fills_the_database(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager, ProcessPoolExecutor(PROCESSES, spawn) as pool:
        together = manager.Barrier(PROCESSES)
        starts = [pool.submit(start, path, together) for _ in range(PROCESSES)]
        filled = [each.result(WAIT) for each in starts]
    assert [False] * (PROCESSES - 1) + [True] == sorted(filled)
    with Database(f"sqlite:///{path}", WAIT).reading() as connection:
        check_schema(connection)
        assert 1 == changes(connection)[CATALOGUE]
        count = connection.execute(select(func.count()).select_from(BookRow)).scalar()
    assert len(load_default()) == count


def test_whoever_comes_second_waits_for_a_slow_first(tmp_path: Path) -> None:
    database = maker(make_url(f"sqlite:///{tmp_path / 'books.db'}"))
    with ThreadPoolExecutor(1) as pool:
        with database.writing():
            second = pool.submit(prepare, database)
            with pytest.raises(NotYet):
                second.result(LONGER)
        assert second.result(WAIT)


def test_a_database_with_books_is_left_as_it_is(database: Database) -> None:
    assert prepare(database)
    assert not prepare(database)
