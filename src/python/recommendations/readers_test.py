"""What readers may tell and ask, without a database."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from recommendations.base_histories import MAX_RECENT
from recommendations.book import Book, Category
from recommendations.catalog import Catalog
from recommendations.current import Current
from recommendations.errors import (
    DatabaseUnavailable,
    InvalidRequest,
    NoCatalog,
    NothingKept,
    Unavailability,
    UnknownBook,
)
from recommendations.interaction import Interaction, InteractionKind
from recommendations.reader_histories import Entry, ReaderHistories
from recommendations.readers import DEFAULT_INTERACTIONS, NoInteractions, Readers
from recommendations.shop import Shop

NOW = datetime(2026, 1, 1, tzinfo=UTC)
VIEWED = InteractionKind.VIEWED
COUNT = 300


class Kept:
    """Interactions in a list."""

    def __init__(self, error: Exception | None = None) -> None:
        self.rows: list[tuple[Interaction, str]] = []
        self.error = error

    def record(self, interaction: Interaction, idempotency_key: str) -> None:
        if self.error:
            raise self.error
        self.rows.append((interaction, idempotency_key))

    def forget(self, reader_id: int) -> int:
        mine = [row for row in self.rows if row[0].reader_id == reader_id]
        for row in mine:
            self.rows.remove(row)
        return len(mine)


def books(count: int = COUNT) -> Catalog:
    return Catalog(Book(n, f"{n}", ("A",), 0, (Category.HISTORY,)) for n in range(1, count + 1))


def new_readers(kept: Kept, histories: ReaderHistories | None = None) -> Readers:
    return Readers(lambda: Shop(books()), kept, histories or ReaderHistories(), lambda: NOW)


def blamed(ask: Callable[[], object]) -> set[str]:
    with pytest.raises(InvalidRequest) as error:
        ask()
    return {each.field for each in error.value.violations}


def test_what_a_reader_did_is_kept_with_its_time_and_key() -> None:
    kept = Kept()
    new_readers(kept).record(user_id=7, book_id=3, kind=VIEWED, idempotency_key="key")
    assert [(Interaction(7, 3, VIEWED, NOW), "key")] == kept.rows


@pytest.mark.parametrize("key", ["x", "x" * 64, "!~", "123e4567-e89b-12d3-a456-426614174000"])
def test_keys_that_may_be(key: str) -> None:
    kept = Kept()
    new_readers(kept).record(user_id=1, book_id=1, kind=VIEWED, idempotency_key=key)
    assert key == kept.rows[0][1]


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "ä", "a\n", "\x00"])
def test_keys_that_may_not_be(key: str) -> None:
    kept = Kept()
    readers = new_readers(kept)
    assert {"idempotency_key"} == blamed(
        lambda: readers.record(user_id=1, book_id=1, kind=VIEWED, idempotency_key=key)
    )
    assert [] == kept.rows


def test_every_mistake_is_named_at_once() -> None:
    readers = new_readers(Kept())
    assert {"user_id", "kind", "idempotency_key"} == blamed(
        lambda: readers.record(user_id=0, book_id=1, kind=None, idempotency_key="")
    )
    assert {"user_id", "max_results"} == blamed(lambda: readers.recent(user_id=-1, max_results=-1))
    assert {"user_id"} == blamed(lambda: readers.forget(user_id=0))


@pytest.mark.parametrize("book_id", [-1, 0, COUNT + 1])
def test_a_book_that_is_not_there_cannot_be_looked_at(book_id: int) -> None:
    kept = Kept()
    with pytest.raises(UnknownBook, match=f"there is no book {book_id}"):
        new_readers(kept).record(user_id=1, book_id=book_id, kind=VIEWED, idempotency_key="k")
    assert [] == kept.rows


def test_what_cannot_be_kept_is_said() -> None:
    away = DatabaseUnavailable(Unavailability.UNREACHABLE, "away")
    with pytest.raises(DatabaseUnavailable):
        new_readers(Kept(away)).record(user_id=1, book_id=1, kind=VIEWED, idempotency_key="k")


def test_without_a_database_nothing_is_kept_and_that_is_said() -> None:
    nothing = NoInteractions()
    readers = Readers(lambda: Shop(books()), nothing, ReaderHistories(), lambda: NOW)
    with pytest.raises(NothingKept):
        readers.record(user_id=1, book_id=1, kind=VIEWED, idempotency_key="k")
    assert 0 == readers.forget(user_id=1)


def test_without_a_catalogue_there_is_no_book_to_look_at() -> None:
    readers = Readers(Current(), Kept(), ReaderHistories(), lambda: NOW)
    with pytest.raises(NoCatalog):
        readers.record(user_id=1, book_id=1, kind=VIEWED, idempotency_key="k")


@pytest.mark.parametrize(
    ("wanted", "given"),
    [(0, DEFAULT_INTERACTIONS), (1, 1), (MAX_RECENT, MAX_RECENT), (MAX_RECENT + 1, MAX_RECENT)],
)
def test_the_latest_come_first_as_many_as_wanted(wanted: int, given: int) -> None:
    histories = ReaderHistories()
    histories.add(Entry(n, 7, n, 0) for n in range(1, COUNT))
    done = new_readers(Kept(), histories).recent(user_id=7, max_results=wanted)
    assert list(range(COUNT - 1, COUNT - 1 - given, -1)) == [each.book.id for each in done]
    assert {VIEWED} == {each.kind for each in done}


def test_books_that_are_no_longer_sold_are_left_out() -> None:
    histories = ReaderHistories()
    histories.add([Entry(1, 7, 1, 0), Entry(2, 7, COUNT + 1, 0), Entry(3, 7, 2, 0)])
    done = new_readers(Kept(), histories).recent(user_id=7, max_results=2)
    assert [2, 1] == [each.book.id for each in done]


def test_a_forgotten_reader_is_counted_out() -> None:
    kept = Kept()
    readers = new_readers(kept)
    readers.record(user_id=7, book_id=3, kind=VIEWED, idempotency_key="key")
    readers.record(user_id=8, book_id=3, kind=VIEWED, idempotency_key="key")
    assert 1 == readers.forget(user_id=7)
    assert [8] == [row[0].reader_id for row in kept.rows]
