"""What is new among what readers did, as it gets into memory."""

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import delete, event, insert

from recommendations.base_histories import BaseHistories
from recommendations.reader_histories import Entry, ReaderHistories
from recommendations.storage.database import Database
from recommendations.storage.history_feed import HistoryFeed
from recommendations.storage.interactions import SqlInteractions
from recommendations.storage.tables import InteractionRow

READER = 7


class Overtaken(ReaderHistories):
    """Histories of which something is forgotten after it was read, and before it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], object] = lambda: None

    def add(self, entries: Iterable[Entry]) -> None:
        self.before()
        super().add(entries)

    def replace_base(self, base: BaseHistories, up_to_id: int) -> None:
        self.before()
        super().replace_base(base, up_to_id)


class Fed:
    """Histories, and the feed that fills them from a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._histories = ReaderHistories()
        self._feed = HistoryFeed(database, self._histories)

    def write(self, number: int, book_id: int) -> None:
        row = {"id": number, "reader_id": READER, "book_id": book_id, "kind": "viewed"}
        with self._database.writing() as connection:
            connection.execute(insert(InteractionRow), {**row, "idempotency_key": str(number)})

    def remove(self, number: int) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(InteractionRow).where(InteractionRow.id == number))

    def update(self) -> None:
        self._feed.update()

    def books(self) -> list[int]:
        self.update()
        return [each.book_id for each in self._histories.recent(READER)]


@pytest.fixture()
def fed(database: Database) -> Fed:
    fed = Fed(database)
    fed.write(10, book_id=1)
    assert [1] == fed.books()
    return fed


def test_what_is_recorded_later_is_read_later(fed: Fed) -> None:
    for number, book_id in [(11, 2), (12, 3)]:
        fed.write(number, book_id)
        assert book_id == fed.books()[0]
    assert [3, 2, 1] == fed.books()


def test_what_took_long_to_be_committed_is_read_although_its_number_is_lower(fed: Fed) -> None:
    fed.write(12, book_id=3)
    assert [3, 1] == fed.books()
    fed.write(11, book_id=2)
    assert [3, 2, 1] == fed.books()


def test_a_row_in_the_place_of_another_is_noticed(fed: Fed) -> None:
    """As many rows as before, and the same greatest number."""
    fed.write(11, book_id=2)
    fed.write(13, book_id=3)
    assert [3, 2, 1] == fed.books()
    fed.remove(11)
    fed.write(12, book_id=4)
    assert 4 in fed.books()


def test_rows_that_are_as_before_are_not_read_again(fed: Fed, database: Database) -> None:
    fed.write(11, book_id=2)
    for _ in range(2):
        fed.update()
    statements: list[str] = []
    with database.reading() as connection:
        engine = connection.engine

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    fed.update()
    event.remove(engine, "before_cursor_execute", note)
    assert statements
    assert not [each for each in statements if "interactions.book_id" in each]


@pytest.mark.parametrize("base_has_it", [True, False])
def test_who_is_forgotten_while_their_rows_are_read_does_not_come_back(
    base_has_it: bool, database: Database
) -> None:
    """Not even until the next look at the database, which would tell."""
    histories = Overtaken()
    feed, interactions = HistoryFeed(database, histories), SqlInteractions(database, histories, 30)
    if not base_has_it:
        feed.update()
    row = {"reader_id": READER, "book_id": 1, "kind": "viewed", "idempotency_key": "key"}
    with database.writing() as connection:
        connection.execute(insert(InteractionRow), row)
    histories.before = lambda: interactions.forget(READER)
    feed.update()
    assert () == histories.recent(READER)
    assert not histories.profile(READER).book_ids
