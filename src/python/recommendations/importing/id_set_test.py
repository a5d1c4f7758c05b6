"""Sets of ids, against those of Python."""

from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.book import MAX_ID
from recommendations.importing.id_set import IdSet

ids = st.integers(0, 3000) | st.integers(0, MAX_ID)


@settings(deadline=None)
@given(st.lists(ids), st.lists(ids))
def test_it_holds_what_was_added_and_nothing_else(added: list[int], others: list[int]) -> None:
    ours, theirs = IdSet(), set[int]()
    for number in added:
        assert (number not in theirs) is ours.add(number)
        theirs.add(number)
    for number in [*added, *others]:
        assert (number in theirs) is (number in ours)
