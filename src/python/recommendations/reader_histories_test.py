"""Histories in memory, against the plainest way to keep them."""

from itertools import compress

from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.base_histories import MAX_RECENT, BaseHistories
from recommendations.interaction import Interaction, InteractionKind
from recommendations.reader_histories import KINDS, Entry, ReaderHistories

readers = st.integers(1, 4)
numbers = st.integers(0, len(KINDS) - 1)
rows = st.lists(st.tuples(readers, st.integers(1, 6), numbers), max_size=60)


def entries(done: list[tuple[int, int, int]]) -> list[Entry]:
    return [Entry(number, *row) for number, row in enumerate(done, 1)]


def expected(kept: list[Entry], reader_id: int) -> tuple[Interaction, ...]:
    """The latest first, each kind with each book once."""
    pairs = dict.fromkeys(
        (each.book_id, each.kind)
        for each in sorted(kept, reverse=True)
        if each.reader_id == reader_id
    )
    return tuple(Interaction(reader_id, book, KINDS[kind]) for book, kind in pairs)


def assert_told(kept: list[Entry], histories: ReaderHistories, reader_id: int) -> None:
    recent = expected(kept, reader_id)
    assert recent == histories.recent(reader_id)
    profile = histories.profile(reader_id)
    seen = dict.fromkeys(each.book_id for each in recent)
    assert list(seen) == list(dict.fromkeys(profile.book_ids))
    wanted = {each.book_id for each in recent if each.kind is not InteractionKind.VIEWED}
    assert wanted == set(compress(profile.book_ids, profile.wanted))
    assert len(profile.book_ids) == len(profile.wanted) <= MAX_RECENT


def base_of(kept: list[Entry]) -> BaseHistories:
    rows = [(each.reader_id, each.book_id, each.kind) for each in sorted(kept)]
    half = len(rows) // 2
    return BaseHistories([rows[:half], [], rows[half:]])


@settings(deadline=None)
@given(rows, st.data())
def test_a_history_is_the_same_whatever_came_by_which_way(
    done: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Part by the base, the rest one by one, some twice and in any order."""
    every = entries(done)
    split = data.draw(st.integers(0, len(every)))
    overlap = data.draw(st.integers(0, split))
    histories = ReaderHistories()
    histories.add(data.draw(st.permutations(every[overlap:])))
    histories.replace_base(base_of(every[:split]), split)
    histories.add(data.draw(st.permutations(every[split:])))
    for reader_id in range(1, 6):
        assert_told(every, histories, reader_id)


@settings(deadline=None)
@given(rows, rows, readers, st.booleans(), st.integers(1, 3))
def test_what_is_forgotten_is_gone_and_what_comes_later_counts(
    before: list[tuple[int, int, int]],
    after: list[tuple[int, int, int]],
    reader_id: int,
    in_base: bool,
    times: int,
) -> None:
    """Also when it is told again, as every look at the database does."""
    every = entries(before + after)
    old, new = every[: len(before)], every[len(before) :]
    histories = ReaderHistories()
    if in_base:
        histories.replace_base(base_of(old), len(old))
    else:
        histories.add(old)
    histories.forget(reader_id, len(old))
    histories.add(new)
    for _ in range(times):
        histories.forget(reader_id, len(old))
    kept = [each for each in every if each.reader_id != reader_id or each.id > len(old)]
    for each in range(1, 6):
        assert_told(kept, histories, each)


def test_a_base_that_was_read_after_the_deletion_is_left_alone() -> None:
    """What the reader did since may be in it."""
    histories = ReaderHistories()
    histories.replace_base(base_of([Entry(7, 1, 3, 0)]), 7)
    histories.forget(1, 6, base_too=False)
    assert [3] == [each.book_id for each in histories.recent(1)]


def test_of_each_reader_the_latest_are_kept() -> None:
    every = [Entry(n, 1, n, 0) for n in range(1, 3 * MAX_RECENT)]
    latest = [each.id for each in reversed(every)][:MAX_RECENT]
    by_base, one_by_one = ReaderHistories(), ReaderHistories()
    base = base_of([*every, Entry(1000, 2, 5, 0)])
    by_base.replace_base(base, 1000)
    one_by_one.add(every)
    assert latest == [each.book_id for each in by_base.recent(1)]
    assert latest == [each.book_id for each in one_by_one.recent(1)]
    assert latest == by_base.profile(1).book_ids == one_by_one.profile(1).book_ids
    assert MAX_RECENT + 1 == len(base)
    assert MAX_RECENT == one_by_one.since_base


def test_a_reader_of_whom_nothing_is_known_has_an_empty_history() -> None:
    assert_told([], ReaderHistories(), 1)
