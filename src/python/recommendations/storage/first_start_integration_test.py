"""The default database, when several processes start at once."""

import multiprocessing
from pathlib import Path

from sqlalchemy import func, select

from recommendations.catalog_csv import load_default
from recommendations.storage.changes import changes
from recommendations.storage.database import Database
from recommendations.storage.first_start import prepare
from recommendations.storage.schema import check_schema
from recommendations.storage.tables import CATALOGUE, BookRow

PROCESSES = 6
WAIT = 60.0


def start(path: Path, together: "multiprocessing.synchronize.Barrier") -> bool:
    """What a process does when it starts."""
    database = Database(f"sqlite:///{path}", create=True)
    together.wait(WAIT)
    return prepare(database)


def test_of_many_that_start_at_once_one_fills_the_database(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    with multiprocessing.get_context("spawn").Manager() as manager:
        together = manager.Barrier(PROCESSES)
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            filled = pool.starmap(start, [(path, together)] * PROCESSES)
    assert [False] * (PROCESSES - 1) + [True] == sorted(filled)
    with Database(f"sqlite:///{path}").reading() as connection:
        check_schema(connection)
        assert 1 == changes(connection)[CATALOGUE]
        count = connection.execute(select(func.count()).select_from(BookRow)).scalar()
    assert len(load_default()) == count


def test_a_database_with_books_is_left_as_it_is(database: Database) -> None:
    assert prepare(database)
    assert not prepare(database)
