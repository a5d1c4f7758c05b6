"""How much time is left."""

import contextvars
from collections.abc import Callable, Iterator

import pytest

from chassis.deadline import close_budget, open_budget, time_left


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


def test_without_a_budget_there_is_no_limit(clock: Clock) -> None:
    assert time_left(clock=clock) is None


def test_time_passes(clock: Clock) -> None:
    open_budget(2.0, clock)
    clock.now += 0.5
    assert 1.5 == time_left(clock=clock)


def test_a_margin_is_kept(clock: Clock) -> None:
    open_budget(2.0, clock)
    assert 1.5 == time_left(0.5, clock)


def test_time_that_is_up_is_none_left_and_no_less(clock: Clock) -> None:
    open_budget(2.0, clock)
    clock.now += 3.0
    assert 0.0 == time_left(clock=clock)


def test_a_later_grant_can_only_shorten(clock: Clock) -> None:
    open_budget(2.0, clock)
    open_budget(5.0, clock)
    assert 2.0 == time_left(clock=clock)
    open_budget(1.0, clock)
    assert 1.0 == time_left(clock=clock)


def test_what_is_withdrawn_is_no_limit(clock: Clock) -> None:
    open_budget(2.0, clock)
    close_budget()
    assert time_left(clock=clock) is None


def test_a_budget_belongs_to_its_context(clock: Clock) -> None:
    """One request's is not another's."""

    def in_another(function: Callable[[], float | None]) -> float | None:
        return contextvars.Context().run(function)

    open_budget(2.0, clock)
    assert in_another(lambda: time_left(clock=clock)) is None
