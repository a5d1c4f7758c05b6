"""When workers that end are replaced."""

import pytest

from chassis.workers.restarts import RestartPolicy, Restarts

POLICY = RestartPolicy(
    pause_seconds=1.0, max_pause_seconds=5.0, steady_seconds=30.0, ends=4, window_seconds=60.0
)


class Clock:
    """Time as the test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture()
def clock() -> Clock:
    return Clock()


@pytest.fixture()
def restarts(clock: Clock) -> Restarts:
    return Restarts(POLICY, clock)


def test_pauses_double_up_to_a_bound_while_successors_end_soon(
    restarts: Restarts, clock: Clock
) -> None:
    pauses = []
    for _ in range(6):
        clock.now += 29.9
        pauses.append(restarts.pause_after_end(1, lived_seconds=29.9))
    assert [1.0, 2.0, 4.0, 5.0, 5.0, 5.0] == pauses


def test_after_one_that_lived_long_the_pause_is_short_again(
    restarts: Restarts, clock: Clock
) -> None:
    restarts.pause_after_end(1, 0.0)
    assert 2.0 == restarts.pause_after_end(1, 0.0)
    clock.now += 30.0
    assert 1.0 == restarts.pause_after_end(1, lived_seconds=30.0)


def test_each_worker_has_a_pause_of_its_own(restarts: Restarts) -> None:
    restarts.pause_after_end(1, 0.0)
    assert 2.0 == restarts.pause_after_end(1, 0.0)
    assert 1.0 == restarts.pause_after_end(2, 0.0)


def test_too_many_ends_of_all_together_are_the_last(restarts: Restarts, clock: Clock) -> None:
    for number in (1, 2, 3, 4):
        assert 1.0 == restarts.pause_after_end(number, 100.0)
    clock.now += 60.0
    assert restarts.pause_after_end(5, 100.0) is None


def test_ends_of_long_ago_do_not_count(restarts: Restarts, clock: Clock) -> None:
    for number in (1, 2, 3, 4):
        restarts.pause_after_end(number, 100.0)
    clock.now += 60.1
    for number in (1, 2, 3, 4):
        assert restarts.pause_after_end(number, 100.0) is not None
    assert restarts.pause_after_end(1, 100.0) is None
