from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommendations.interaction import Interaction, InteractionKind
from recommendations.learning import marks as module
from recommendations.learning.marks import UNKNOWN_TIME, read_marks

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MICROSECONDS = int(NOON.timestamp()) * 10**6


class Batches:
    """An interaction source in memory."""

    def __init__(self, *batches: Sequence[Interaction]) -> None:
        self._batches = batches

    def read(self) -> Iterator[Sequence[Interaction]]:
        yield from self._batches


def mark(reader: int, book: int, at: datetime | None = None) -> Interaction:
    return Interaction(reader, book, InteractionKind.VIEWED, at)


def test_marks_are_sorted_pairs_of_indexes_into_ascending_ids() -> None:
    marks = read_marks(Batches([mark(70, 9), mark(2**62, 5)], [mark(3, 9)]), seed=1)

    assert [3, 70, 2**62] == marks.reader_ids.tolist()
    assert [5, 9] == marks.book_ids.tolist()
    assert [(0, 1), (1, 1), (2, 0)] == list(
        zip(marks.reader.tolist(), marks.book.tolist(), strict=True)
    )


def test_a_reader_and_a_book_are_one_mark_whatever_the_reader_did() -> None:
    bought = Interaction(1, 2, InteractionKind.BOUGHT)
    assert 1 == len(read_marks(Batches([mark(1, 2), bought], [mark(1, 2)]), seed=1))


def test_the_time_of_a_mark_is_the_first() -> None:
    """To look at a book again is no new choice."""
    later = NOON + timedelta(days=1)
    marks = read_marks(Batches([mark(1, 2, later), mark(1, 2, NOON)]), seed=1)
    assert [MICROSECONDS] == marks.at.tolist()


def test_a_time_may_be_unknown() -> None:
    marks = read_marks(Batches([mark(1, 2), mark(1, 3, NOON)]), seed=1)
    assert [UNKNOWN_TIME, MICROSECONDS] == marks.at.tolist()


def test_nothing_may_be_there() -> None:
    marks = read_marks(Batches(), seed=1)
    assert 0 == len(marks)
    assert (0, 0) == marks.matrix().shape


def test_the_matrix_has_one_for_each_mark() -> None:
    marks = read_marks(Batches([mark(1, 5), mark(2, 5), mark(2, 7)]), seed=1)
    assert [[1, 0], [1, 1]] == marks.matrix().toarray().tolist()
    assert [1, 2] == marks.per_reader().tolist()
    assert [2, 1] == marks.per_book().tolist()


def test_a_reader_with_too_many_marks_keeps_some_that_the_seed_picks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_MARKS", 10)
    source = Batches([mark(1, book) for book in range(1, 101)] + [mark(2, 3)])

    def kept(seed: int) -> bytes:
        return read_marks(source, seed).book.tobytes()

    assert [10, 1] == read_marks(source, seed=1).per_reader().tolist()
    assert kept(1) == kept(1)
    assert kept(1) != kept(2)


def test_places_count_from_zero_within_each_reader() -> None:
    reader = np.array([4, 4, 4, 9, 9])
    first, second = np.array([1, 0, 1, 5, 5]), np.array([0.2, 0.9, 0.1, 0.5, 0.4])
    assert [2, 0, 1, 1, 0] == module.places(reader, first, second).tolist()
