"""Token buckets: how much at once, how much in the long run, and for how many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.testing.clock import FakeClock
from marketplace.write_limits import WriteLimits


def test_a_minutes_worth_may_come_at_once_and_then_one_at_a_time() -> None:
    clock = FakeClock()
    limits = WriteLimits(6, clock)
    assert [0] * 6 + [10, 10] == [limits.wait_seconds("a") for _ in range(8)]
    clock.advance(9.0)
    assert 1 == limits.wait_seconds("a")
    clock.advance(1.0)
    assert [0, 10] == [limits.wait_seconds("a") for _ in range(2)]
    clock.advance(3600.0)
    assert [0] * 6 + [10] == [limits.wait_seconds("a") for _ in range(7)]


def test_writers_do_not_pay_for_each_other() -> None:
    limits = WriteLimits(1, FakeClock())
    assert [0, 60, 0] == [limits.wait_seconds(writer) for writer in "aab"]


@pytest.mark.parametrize(("others", "remembered"), [(2, True), (3, False)])
def test_who_has_not_written_for_longest_is_forgotten_first(others: int, remembered: bool) -> None:
    limits = WriteLimits(1, FakeClock(), most=3)
    limits.wait_seconds("a")
    for other in range(others):
        limits.wait_seconds(other)
    assert remembered == (limits.wait_seconds("a") > 0)


@settings(deadline=None)
@given(
    st.integers(1, 60),
    st.lists(st.floats(0.0, 40.0, allow_subnormal=False), max_size=80),
)
def test_whatever_the_pauses_no_more_are_let_through_than_the_time_allows(
    per_minute: int, pauses: list[float]
) -> None:
    clock = FakeClock()
    limits = WriteLimits(per_minute, clock)
    begin, let_through = clock.now, 0
    for pause in pauses:
        clock.advance(pause)
        wait = limits.wait_seconds("a")
        let_through += wait == 0
        assert let_through <= per_minute + (clock.now - begin) * per_minute / 60.0 + 1e-3
        if wait:
            assert wait <= 60 / per_minute + 1
