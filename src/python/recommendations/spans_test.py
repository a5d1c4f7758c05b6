from array import array
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.spans import Spans

BIG = 2**62


@settings(deadline=None)
@given(st.dictionaries(st.integers(1, 40) | st.integers(BIG, BIG + 40), st.integers(0, 3)))
def test_each_id_has_its_span_and_any_other_one_has_nothing(counts: dict[int, int]) -> None:
    """Whether they lie close together or far apart."""
    ids = sorted(counts)
    spans = list(pairwise(accumulate((counts[each] for each in ids), initial=0)))
    expected = dict(zip(ids, spans, strict=True))
    found = Spans(array("q", ids), *(map(list, zip(*spans, strict=True)) if spans else ([], [])))
    for wanted in (*range(-1, 43), *range(BIG - 2, BIG + 43)):
        begin, end = found.of(wanted)
        assert begin == end if wanted not in expected else expected[wanted] == (begin, end)
