from array import array

from hypothesis import given
from hypothesis import strategies as st

from recommendations.places import Places

BIG = 2**62


@given(st.lists(st.integers(1, 40) | st.integers(BIG, BIG + 40), unique=True))
def test_each_id_is_found_where_it_stands_and_no_other_one_is(ids: list[int]) -> None:
    """Whether they lie close together or far apart."""
    ids.sort()
    places = Places(array("q", ids))
    for wanted in (*range(-1, 43), *range(BIG - 2, BIG + 43)):
        assert (ids.index(wanted) if wanted in ids else None) == places.of(wanted)
