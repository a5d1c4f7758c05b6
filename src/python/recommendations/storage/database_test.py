"""Databases that are slow, away, busy, full or broken."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Connection, insert, select, text

from chassis.testing.postgresql import PostgresServer
from chassis.testing.waiting import wait_until
from recommendations.errors import DatabaseUnavailable, Unavailability
from recommendations.storage.database import Database
from recommendations.storage.migrations.run import migrate
from recommendations.storage.tables import ForgottenReaderRow, InteractionRow

WAIT = 60.0
ROW = {"reader_id": 1, "book_id": 1, "kind": "viewed", "idempotency_key": "k"}


def count(connection: Connection) -> int:
    return len(connection.execute(select(InteractionRow.id)).all())


def opens(database: Database) -> str:
    with database.reading() as connection:
        return str(connection.execute(text("PRAGMA journal_mode")).scalar())


def how(block: Callable[[], AbstractContextManager[Connection]], sql: str) -> Unavailability:
    try:
        with block() as connection:
            connection.execute(text(sql)).all()
    except DatabaseUnavailable as error:
        return error.how
    raise AssertionError("the database was to be had")


def is_there(database: Database) -> bool:
    """Tell whether it is; afterwards there is a connection to it."""
    try:
        with database.reading(WAIT):
            return True
    except DatabaseUnavailable:
        return False


def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    def write_and_fail(connection: Connection) -> None:
        connection.execute(insert(InteractionRow), ROW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        write_and_fail(connection)
    with database.reading() as connection:
        assert 0 == count(connection)


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.reading() as reader:
        assert 0 == count(reader)
        with database.writing() as writer:
            writer.execute(insert(InteractionRow), ROW)
        assert 0 == count(reader)
    with database.reading() as reader:
        assert 1 == count(reader)


def test_what_takes_too_long_is_ended(database: Database) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    assert Unavailability.TOO_SLOW is how(lambda: database.reading(0.2), endless)
    with database.reading() as connection:
        assert 0 == count(connection)


def test_what_begins_when_the_time_is_over_is_ended_too(database: Database) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    @contextmanager
    def late() -> Iterator[Connection]:
        def has_passed() -> bool:
            return monotonic() > end

        with database.reading(0.1) as connection:
            # More than the limit, and what a server is given on top of it.
            end = monotonic() + 0.5
            wait_until(has_passed)
            yield connection

    assert Unavailability.TOO_SLOW is how(late, endless)


def test_a_mistake_of_ours_is_told_from_a_database_that_is_away(database: Database) -> None:
    assert Unavailability.FAILED is how(database.reading, "SELECT * FROM nowhere")


def test_whoever_waits_for_a_lock_does_not_wait_for_ever(
    database: Database, empty_url: str
) -> None:
    impatient = Database(empty_url, timeout_seconds=0.2)
    wait_until(lambda: is_there(impatient), WAIT)
    with database.writing() as connection:
        connection.execute(insert(InteractionRow), ROW)
        with (
            pytest.raises(DatabaseUnavailable) as error,
            impatient.writing(WAIT) as second,
        ):
            second.execute(insert(InteractionRow), ROW)
    impatient.close()
    assert Unavailability.BUSY is error.value.how


def test_a_server_that_says_nothing_is_left_after_the_time(
    own_postgresql: PostgresServer,
) -> None:
    """Whether it is in a connection that we have, or in one that we want."""
    url = own_postgresql.new_database()
    patient = Database(url, WAIT)
    with patient.writing() as connection:
        migrate(connection)
    patient.close()
    database = Database(url, timeout_seconds=0.5)
    wait_until(lambda: is_there(database), WAIT)
    own_postgresql.freeze()
    try:
        assert Unavailability.TOO_SLOW is how(database.reading, "SELECT 1")
        assert Unavailability.UNREACHABLE is how(database.reading, "SELECT 1")
    finally:
        own_postgresql.thaw()
    wait_until(lambda: is_there(database), WAIT)
    with database.reading(WAIT) as connection:
        assert 0 == count(connection)
    database.close()


def test_a_server_that_was_killed_is_used_again_when_it_is_back(
    own_postgresql: PostgresServer,
) -> None:
    database = Database(own_postgresql.new_database(), timeout_seconds=WAIT)
    with database.writing() as connection:
        migrate(connection)
    own_postgresql.kill()
    for _ in range(2):
        assert Unavailability.UNREACHABLE is how(database.reading, "SELECT 1")
    own_postgresql.start()
    with database.reading() as connection:
        assert 0 == count(connection)
    database.close()


def test_one_connection_too_many_is_refused_in_time(postgresql: PostgresServer) -> None:
    database = Database(postgresql.new_database(), timeout_seconds=0.3, connections=1)
    wait_until(lambda: is_there(database), WAIT)
    with database.reading(WAIT):
        assert Unavailability.BUSY is how(database.reading, "SELECT 1")
    database.close()


def test_a_password_that_is_wrong_is_a_database_out_of_reach(postgresql: PostgresServer) -> None:
    url = postgresql.new_database().replace("test_", "nowhere_")
    database = Database(url)
    assert Unavailability.UNREACHABLE is how(database.reading, "SELECT 1")
    database.close()


@pytest.fixture()
def file(tmp_path: Path) -> Path:
    path = tmp_path / "books.db"
    database = Database(f"sqlite:///{path}", WAIT, create=True)
    with database.writing() as connection:
        migrate(connection)
    database.close()
    return path


def test_a_missing_file_is_not_made_unless_told_to(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    database = Database(f"sqlite:///{path}", WAIT)
    assert Unavailability.UNREACHABLE is how(database.reading, "SELECT 1")
    assert not path.exists()


def test_a_file_that_was_taken_away_is_not_written_to(file: Path) -> None:
    """Else what it is told would be lost with it."""
    database = Database(f"sqlite:///{file}", WAIT)
    with database.reading() as connection:
        count(connection)
    for each in file.parent.iterdir():
        each.unlink()
    assert Unavailability.UNREACHABLE is how(database.writing, "SELECT 1")


def test_a_full_disk_is_told(file: Path) -> None:
    """SQLite says the same when a file reaches the size that it may have."""
    database = Database(f"sqlite:///{file}", WAIT)

    @contextmanager
    def full() -> Iterator[Connection]:
        with database.writing() as connection:
            connection.execute(text("PRAGMA max_page_count = 1"))
            yield connection

    much = "INSERT INTO imports VALUES ('k', hex(randomblob(1000000)), 'f', 1, '2026-01-01')"
    assert Unavailability.FULL is how(full, much)
    with database.writing() as connection:
        assert 0 == count(connection)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    path.write_bytes(os.urandom(8192))
    database = Database(f"sqlite:///{path}", WAIT)
    assert Unavailability.FAILED is how(database.reading, "SELECT 1 FROM sqlite_master")


def test_a_new_file_that_others_open_at_the_same_moment_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself turns away whoever changes the journal while another is about to write."""
    path = tmp_path / "books.db"
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")
        opened = pool.submit(opens, Database(f"sqlite:///{path}", WAIT, create=True))
        with pytest.raises(NotYet):
            opened.result(0.2)
        other.execute("ROLLBACK")
        assert "wal" == opened.result(WAIT)


def test_a_new_file_that_another_keeps_is_not_waited_for_too_long(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database = Database(f"sqlite:///{path}", 0.1, create=True)
        assert Unavailability.BUSY is how(database.reading, "SELECT 1")


def test_readers_of_a_file_do_not_wait_for_the_one_who_writes(file: Path) -> None:
    database = Database(f"sqlite:///{file}", timeout_seconds=0.2)
    with database.writing(WAIT) as writer:
        writer.execute(insert(InteractionRow), ROW)
        with database.reading(WAIT) as reader:
            assert 0 == count(reader)


def test_the_rules_between_tables_hold_in_a_file(file: Path) -> None:
    database = Database(f"sqlite:///{file}", WAIT)
    with (
        pytest.raises(DatabaseUnavailable, match="FOREIGN KEY"),
        database.writing() as connection,
    ):
        connection.execute(text("INSERT INTO book_categories VALUES (1, 0, 1)"))


def test_a_write_to_a_file_waits_for_the_disk(file: Path) -> None:
    """Else an interaction could be acknowledged and lost with the power."""
    with Database(f"sqlite:///{file}", WAIT).writing() as connection:
        assert 2 == connection.execute(text("PRAGMA synchronous")).scalar()
    with sqlite3.connect(file) as plain:
        assert ("wal",) == plain.execute("PRAGMA journal_mode").fetchone()
    plain.close()


def test_many_threads_write_to_one_database(database: Database) -> None:
    def write(number: int) -> None:
        for _ in range(20):
            with database.writing() as connection:
                key = count(connection)
                connection.execute(
                    insert(InteractionRow), {**ROW, "idempotency_key": f"{number}-{key}"}
                )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    with database.reading() as connection:
        assert 80 == count(connection)


def test_moments_need_a_time_zone(database: Database) -> None:
    row = {"reader_id": 1, "up_to_id": 1, "at": datetime(2026, 1, 1)}
    with (
        pytest.raises(DatabaseUnavailable, match="a moment needs a time zone"),
        database.writing() as connection,
    ):
        connection.execute(insert(ForgottenReaderRow), row)
