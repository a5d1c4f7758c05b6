"""What readers do, in both databases, and how other processes come to know of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from recommendations.errors import KeyReused
from recommendations.interaction import Interaction, InteractionKind
from recommendations.reader_histories import ReaderHistories
from recommendations.storage import history_feed
from recommendations.storage.changes import changed
from recommendations.storage.database import Database
from recommendations.storage.history_feed import HistoryFeed
from recommendations.storage.interactions import DROPPED_FOR, FORGOTTEN_FOR, SqlInteractions
from recommendations.storage.tables import (
    IMPORTED_INTERACTIONS,
    ForgottenReaderRow,
    InteractionRow,
)

WAIT = 30.0
AT = datetime(2026, 1, 1, tzinfo=UTC)
VIEWED, WISHED = InteractionKind.VIEWED, InteractionKind.WISHED


class Process:
    """What one process of the service has."""

    def __init__(self, database: Database) -> None:
        self.now = datetime.now(UTC)
        self.histories = ReaderHistories()
        self.interactions = SqlInteractions(database, self.histories, WAIT, lambda: self.now)
        self.feed = HistoryFeed(database, self.histories)

    def forget(self, reader_id: int) -> None:
        """Forget, and let the time pass in which it is uncertain what happened before."""
        self.interactions.forget(reader_id)
        self.now += DROPPED_FOR

    def books_of(self, reader_id: int) -> list[int]:
        self.feed.update()
        return [each.book_id for each in self.histories.recent(reader_id)]


@pytest.fixture()
def process(database: Database) -> Process:
    return Process(database)


def stored(database: Database) -> list[tuple[int, int, str]]:
    columns = (InteractionRow.reader_id, InteractionRow.book_id, InteractionRow.kind)
    with database.reading() as connection:
        rows = connection.execute(select(*columns))
        return [(row.reader_id, row.book_id, row.kind) for row in rows]


def test_what_is_recorded_is_in_the_database_and_in_memory(
    process: Process, database: Database
) -> None:
    process.interactions.record(Interaction(7, 3, VIEWED, AT), "key")
    assert [(7, 3, "viewed")] == stored(database)
    assert (Interaction(7, 3, VIEWED),) == process.histories.recent(7)
    with database.reading() as connection:
        assert AT == connection.execute(select(InteractionRow.at)).scalar()


def test_one_key_counts_once_for_one_reader(process: Process, database: Database) -> None:
    for reader_id in (7, 7, 8):
        process.interactions.record(Interaction(reader_id, 3, VIEWED, AT), "key")
    assert [(7, 3, "viewed"), (8, 3, "viewed")] == stored(database)


def test_one_key_counts_once_when_it_comes_many_times_at_once(
    process: Process, database: Database
) -> None:
    together = threading.Barrier(4)

    def record(number: int) -> None:
        together.wait(WAIT)
        process.interactions.record(Interaction(7, 3, VIEWED, AT), f"key-{number}")

    with ThreadPoolExecutor(4) as pool:
        for number in range(5):
            list(pool.map(record, [number] * 4))
    assert 5 == len(stored(database))


@pytest.mark.parametrize("other", [Interaction(7, 4, VIEWED), Interaction(7, 3, WISHED)])
def test_a_key_stands_for_one_thing(
    process: Process, database: Database, other: Interaction
) -> None:
    process.interactions.record(Interaction(7, 3, VIEWED, AT), "key")
    with pytest.raises(KeyReused):
        process.interactions.record(other, "key")
    assert [(7, 3, "viewed")] == stored(database)
    assert (Interaction(7, 3, VIEWED),) == process.histories.recent(7)


def test_a_forgotten_reader_leaves_no_row(process: Process, database: Database) -> None:
    for number in range(3):
        process.interactions.record(Interaction(7, 3, VIEWED, AT), f"{number}")
    process.interactions.record(Interaction(8, 3, VIEWED, AT), "0")
    assert 3 == process.interactions.forget(7)
    assert 0 == process.interactions.forget(7)
    assert [(8, 3, "viewed")] == stored(database)
    assert () == process.histories.recent(7)


def test_what_was_on_its_way_while_a_reader_was_forgotten_is_not_kept(
    process: Process, database: Database
) -> None:
    """As a view is that still waited in a queue of the shop; by whichever process it comes."""
    other = Process(database)
    process.interactions.forget(7)
    for late in (process, other):
        late.now += DROPPED_FOR - timedelta(seconds=1)
        late.interactions.record(Interaction(7, 3, VIEWED, AT), "late")
        late.interactions.record(Interaction(8, 3, VIEWED, AT), "another reader")
        assert [] == late.books_of(7)
    assert [(8, 3, "viewed")] == stored(database)
    process.now += timedelta(seconds=1)
    process.interactions.record(Interaction(7, 4, VIEWED, AT), "later")
    assert [4] == process.books_of(7) == other.books_of(7)


def test_nothing_is_left_of_a_reader_who_is_forgotten_while_they_do_something(
    process: Process, database: Database
) -> None:
    """Whichever of the two comes first."""
    together = threading.Barrier(4)

    def act(reader_id: int, number: int) -> None:
        together.wait(WAIT)
        if number == 0:
            process.interactions.forget(reader_id)
        else:
            process.interactions.record(Interaction(reader_id, 3, VIEWED, AT), f"{number}")

    with ThreadPoolExecutor(4) as pool:
        for reader_id in range(1, 21):
            list(pool.map(act, [reader_id] * 4, range(4)))
    assert [] == stored(database)


def test_that_a_reader_was_forgotten_is_itself_forgotten(
    process: Process, database: Database
) -> None:
    process.interactions.forget(7)
    with database.writing() as connection:
        long_ago = process.now - FORGOTTEN_FOR - timedelta(seconds=1)
        connection.execute(update(ForgottenReaderRow).values(at=long_ago))
    process.interactions.forget(8)
    with database.reading() as connection:
        assert [8] == list(connection.execute(select(ForgottenReaderRow.reader_id)).scalars())


def test_other_processes_learn_what_one_has_recorded(process: Process, database: Database) -> None:
    other = Process(database)
    process.interactions.record(Interaction(7, 3, VIEWED, AT), "a")
    assert [3] == other.books_of(7)
    process.interactions.record(Interaction(7, 4, VIEWED, AT), "b")
    assert [4, 3] == other.books_of(7)
    other.interactions.record(Interaction(7, 5, WISHED, AT), "c")
    assert [5, 4, 3] == process.books_of(7)


def test_other_processes_forget_too_and_go_on_learning(
    process: Process, database: Database
) -> None:
    other = Process(database)
    process.interactions.record(Interaction(7, 3, VIEWED, AT), "a")
    assert [3] == other.books_of(7)
    process.forget(7)
    process.interactions.record(Interaction(7, 4, VIEWED, AT), "b")
    assert [4] == other.books_of(7)
    assert [4] == other.books_of(7)
    assert [4] == Process(database).books_of(7)


def test_what_a_reader_did_since_is_not_lost_when_the_base_is_read_anew(
    process: Process, database: Database
) -> None:
    process.interactions.record(Interaction(7, 3, VIEWED, AT), "a")
    process.forget(7)
    process.interactions.record(Interaction(7, 4, VIEWED, AT), "b")
    assert [4] == process.books_of(7)
    with database.writing() as connection:
        changed(connection, IMPORTED_INTERACTIONS)
    assert [4] == process.books_of(7)
    assert [4] == process.books_of(7)


def test_imported_interactions_are_seen_though_their_ids_are_below_others(
    process: Process, database: Database
) -> None:
    """An import takes long, and its rows had their numbers before."""
    imported = {"id": 5, "reader_id": 7, "book_id": 3, "kind": "bought", "idempotency_key": "i"}
    count = history_feed.OVERLAP + 10
    with database.writing() as connection:
        connection.execute(
            insert(InteractionRow),
            [{**imported, "id": n, "idempotency_key": f"{n}"} for n in range(6, count)],
        )
    assert [3] == process.books_of(7)
    with database.writing() as connection:
        connection.execute(insert(InteractionRow), {**imported, "reader_id": 8})
    assert [] == process.books_of(8)
    with database.writing() as connection:
        changed(connection, IMPORTED_INTERACTIONS)
    assert [3] == process.books_of(8)


def test_a_row_that_appears_below_the_last_one_is_seen(
    process: Process, database: Database
) -> None:
    """As when a transaction that began earlier ends later."""
    row = {"reader_id": 7, "kind": "viewed"}
    with database.writing() as connection:
        connection.execute(
            insert(InteractionRow), {**row, "id": 2, "book_id": 3, "idempotency_key": "a"}
        )
    assert [3] == process.books_of(7)
    with database.writing() as connection:
        connection.execute(
            insert(InteractionRow), {**row, "id": 1, "book_id": 4, "idempotency_key": "b"}
        )
    assert [3, 4] == process.books_of(7)


def test_the_base_is_read_anew_when_much_has_come_since(
    process: Process, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_feed, "MAX_SINCE_BASE", 10)
    assert [] == process.books_of(7)
    for number in range(12):
        process.interactions.record(Interaction(7, number + 1, VIEWED, AT), f"{number}")
    assert 12 == process.histories.since_base
    assert list(range(12, 0, -1)) == process.books_of(7)
    assert 0 == process.histories.since_base


def test_ids_are_not_given_again(process: Process, database: Database) -> None:
    """Or a new row would be taken for one that was forgotten."""
    process.interactions.record(Interaction(7, 3, VIEWED, AT), "a")
    process.forget(7)
    process.interactions.record(Interaction(7, 4, VIEWED, AT), "b")
    with database.reading() as connection:
        assert 2 == connection.execute(select(func.max(InteractionRow.id))).scalar()
