"""How much time is left."""

import contextvars
from collections.abc import Callable, Iterator

import pytest

from chassis.deadline import Budget, close_budget, open_budget, time_left


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture()
def clock() -> Iterator[Clock]:
    yield Clock()
    close_budget()


def test_a_budget_counts_down_to_nothing(clock: Clock) -> None:
    budget = Budget(2.0, clock)
    left = []
    for _ in range(4):
        left.append(budget.left_seconds())
        clock.now += 0.75
    assert [2.0, 1.25, 0.5, 0.0] == left


def test_one_that_is_less_ends_so_much_earlier(clock: Clock) -> None:
    budget = Budget(2.0, clock)
    clock.now += 0.5
    assert 1.0 == budget.less(0.5).left_seconds()
    assert 0.0 == budget.less(3.0).left_seconds()
    assert 1.5 == budget.left_seconds()


def test_without_a_budget_there_is_no_limit(clock: Clock) -> None:
    assert time_left() is None


def test_time_passes(clock: Clock) -> None:
    open_budget(2.0, clock)
    clock.now += 0.5
    assert 1.5 == time_left()


def test_a_margin_is_kept(clock: Clock) -> None:
    open_budget(2.0, clock)
    assert 0.0 == time_left(5.0)
    assert 1.5 == time_left(0.5)


def test_time_that_is_up_is_none_left_and_no_less(clock: Clock) -> None:
    open_budget(2.0, clock)
    clock.now += 3.0
    assert 0.0 == time_left()


def test_a_later_grant_can_only_shorten(clock: Clock) -> None:
    first = open_budget(2.0, clock)
    assert first is open_budget(5.0, clock)
    assert 2.0 == time_left()
    open_budget(1.0, clock)
    assert 1.0 == time_left()


def test_what_is_withdrawn_is_no_limit(clock: Clock) -> None:
    open_budget(2.0, clock)
    close_budget()
    assert time_left() is None


def test_a_budget_belongs_to_its_context(clock: Clock) -> None:
    """One request's is not another's."""

    def in_another(function: Callable[[], float | None]) -> float | None:
        return contextvars.Context().run(function)

    open_budget(2.0, clock)
    assert in_another(lambda: time_left()) is None
