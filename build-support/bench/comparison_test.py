"""What samples in pairs say of two alternatives."""

import random

import pytest

from bench.comparison import Comparison, Interval, Sample, compare
from bench.verdict import Verdict


def comparison(*pairs: tuple[float, float]) -> Comparison:
    """Rounds by their calls per second; processor time is what keeps one processor busy."""
    samples = [tuple(Sample(speed, 1e6 / speed) for speed in pair) for pair in pairs]
    return Comparison(tuple(s[0] for s in samples), tuple(s[1] for s in samples))


def test_the_cost_is_the_median_of_pairs() -> None:
    """A machine that is slow for a while slows both of a pair."""
    result = comparison((1000, 900), (100, 90), (2000, 1800), (1000, 100), (1000, 950))
    assert pytest.approx(0.1) == result.throughput_cost.median
    assert pytest.approx(1 / 0.9 - 1) == result.cpu_cost.median


def test_extra_time_is_in_micros_for_a_call() -> None:
    assert pytest.approx(250.0) == comparison((1000, 800)).extra_cpu_micros.median


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
        return Sample(speed, 1.0)

    result = compare(lambda: measuring("a", 2.0), lambda: measuring("b", 1.0), rounds=3)
    assert ["a", "b", "b", "a", "a", "b"] == calls
    assert {2.0} == {sample.calls_per_second for sample in result.base}
    assert {1.0} == {sample.calls_per_second for sample in result.other}


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        (Interval(0.05, 0.1, 0.15), Verdict.WITHIN),
        (Interval(0.16, 0.2, 0.3), Verdict.OVER),
        (Interval(0.1, 0.12, 0.16), Verdict.UNCLEAR),
        (Interval(0.1, 0.2, 0.3), Verdict.UNCLEAR),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(
    interval: Interval, verdict: Verdict
) -> None:
    assert verdict is Verdict.on(interval, 0.15)
