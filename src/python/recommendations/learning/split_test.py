from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.interaction import Interaction, InteractionKind
from recommendations.learning.marks import Marks, read_marks
from recommendations.learning.marks_test import Batches
from recommendations.learning.split import MIN_MARKS, leave_last_out

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
chosen = st.lists(
    st.builds(
        Interaction,
        st.integers(1, 8),
        st.integers(1, 12),
        st.just(InteractionKind.VIEWED),
        st.none() | st.integers(0, 3).map(lambda days: NOON + timedelta(days=days)),
    ),
    max_size=60,
)


def pairs(marks: Marks) -> set[tuple[int, int]]:
    return set(zip(marks.reader.tolist(), marks.book.tolist(), strict=True))


@settings(deadline=None)
@given(chosen, st.integers(0, 2**32))
def test_each_reader_with_enough_marks_loses_one_and_nobody_else_any(
    interactions: list[Interaction], seed: int
) -> None:
    marks = read_marks(Batches(interactions), seed=1)
    split = leave_last_out(marks, seed)

    held = set(zip(split.readers.tolist(), split.books.tolist(), strict=True))
    assert np.flatnonzero(marks.per_reader() >= MIN_MARKS).tolist() == split.readers.tolist()
    assert pairs(marks) == pairs(split.known) | held
    assert not pairs(split.known) & held


@settings(deadline=None)
@given(chosen, st.integers(0, 2**32))
def test_nothing_that_is_known_is_later_than_what_is_held_back(
    interactions: list[Interaction], seed: int
) -> None:
    marks = read_marks(Batches(interactions), seed=1)
    split = leave_last_out(marks, seed)

    at = {
        (reader, book): at
        for reader, book, at in zip(
            marks.reader.tolist(), marks.book.tolist(), marks.at.tolist(), strict=True
        )
    }
    for reader, book in zip(split.readers.tolist(), split.books.tolist(), strict=True):
        known = [at[pair] for pair in pairs(split.known) if pair[0] == reader]
        assert max(known) <= at[reader, book]


def test_without_times_the_seed_decides_and_each_mark_has_the_same_chance() -> None:
    """Of 3,000 readers with three marks each loses one: about 1,000 of each book."""
    marks = read_marks(
        Batches([Interaction(r, b, InteractionKind.VIEWED) for r in range(3000) for b in range(3)]),
        seed=1,
    )

    held = leave_last_out(marks, 5).books

    assert held.tolist() == leave_last_out(marks, 5).books.tolist()
    assert held.tolist() != leave_last_out(marks, 6).books.tolist()
    assert all(abs(count - 1000) < 130 for count in np.bincount(held))
