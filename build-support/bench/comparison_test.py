"""What samples in pairs say of two alternatives."""

import random

import pytest

from bench.comparison import Comparison, Interval, Sample, compare
from bench.quantities import PER_SECOND
from bench.verdict import Direction, Verdict, worst


def comparison(*pairs: tuple[float, float]) -> Comparison:
    """Rounds by their calls per second."""
    samples = [tuple({PER_SECOND: speed} for speed in pair) for pair in pairs]
    return Comparison(tuple(s[0] for s in samples), tuple(s[1] for s in samples))


def test_the_ratio_is_the_median_of_pairs() -> None:
    """A machine that is slow for a while slows both of a pair."""
    result = comparison((1000, 1100), (100, 110), (2000, 2200), (1000, 5000), (1000, 1050))
    assert pytest.approx(1.1) == result.ratio(PER_SECOND).median


def test_the_difference_is_in_the_units_of_the_quantity() -> None:
    assert 200.0 == comparison((1000, 1200)).difference(PER_SECOND).median


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(1, 0, 0), (2, 0, 1), (5, 0, 4), (6, 0, 5), (8, 0, 7), (9, 1, 7), (11, 1, 9), (20, 5, 14)],
)
def test_the_interval_is_that_of_tables_of_the_binomial_distribution(
    count: int, low: int, high: int
) -> None:
    interval = Interval.of(random.Random(1).sample(range(count), count))
    assert (low, high) == (interval.low, interval.high)


def test_the_interval_holds_the_median_95_times_of_100() -> None:
    rng = random.Random(1)
    held = 0
    for _ in range(2000):
        interval = Interval.of([rng.expovariate(1.0) for _ in range(11)])
        held += interval.low <= 0.6931 <= interval.high
    assert held > 0.95 * 2000


def test_alternatives_take_turns_and_turns_at_being_first() -> None:
    calls: list[str] = []

    def measuring(name: str, speed: float) -> Sample:
        calls.append(name)
        return {PER_SECOND: speed}

    result = compare(lambda: measuring("a", 2.0), lambda: measuring("b", 1.0), rounds=3)
    assert ["a", "b", "b", "a", "a", "b"] == calls
    assert ({PER_SECOND: 2.0},) * 3 == result.base
    assert ({PER_SECOND: 1.0},) * 3 == result.other


@pytest.mark.parametrize(
    ("interval", "direction", "verdict"),
    [
        (Interval(1.5, 1.6, 1.7), Direction.AT_LEAST, Verdict.REACHED),
        (Interval(1.1, 1.2, 1.4), Direction.AT_LEAST, Verdict.MISSED),
        (Interval(1.4, 1.6, 1.7), Direction.AT_LEAST, Verdict.UNCLEAR),
        (Interval(1.1, 1.4, 1.5), Direction.AT_LEAST, Verdict.UNCLEAR),
        (Interval(1.1, 1.2, 1.5), Direction.AT_MOST, Verdict.REACHED),
        (Interval(1.6, 1.7, 1.8), Direction.AT_MOST, Verdict.MISSED),
        (Interval(1.4, 1.7, 1.8), Direction.AT_MOST, Verdict.UNCLEAR),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(
    interval: Interval, direction: Direction, verdict: Verdict
) -> None:
    assert verdict is Verdict.on(interval, 1.5, direction)


def test_a_miss_is_worse_than_what_is_unclear() -> None:
    assert Verdict.MISSED is worst([Verdict.REACHED, Verdict.UNCLEAR, Verdict.MISSED])
    assert Verdict.UNCLEAR is worst([Verdict.REACHED, Verdict.UNCLEAR])
    assert Verdict.REACHED is worst([Verdict.REACHED])
