"""Two alternatives measured in turns, on a machine that has other things to do."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Sample:
    """One round with one alternative.

    calls_per_second: as the client saw it.
    cpu_micros: processor time of the server for a call, in millionths of a second.
    """

    calls_per_second: float
    cpu_micros: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A median, and between what it lies."""

    low: float
    median: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> "Interval":
        """Give the median's interval of confidence, 95 % or what so few values allow.

        By ranks: the number of values below the true median follows a binomial distribution,
        whatever they are distributed like. At least one value.
        """
        ordered = sorted(values)
        count, below, rank = len(ordered), 0.0, 0
        while rank < (count - 1) // 2:
            below += math.comb(count, rank) / 2**count
            if 2 * below > 1 - _CONFIDENCE:
                break
            rank += 1
        rank = max(rank - 1, 0)
        return Interval(ordered[rank], median(ordered), ordered[-1 - rank])


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rounds of both alternatives; those of one index were next to each other in time."""

    base: tuple[Sample, ...]
    other: tuple[Sample, ...]

    @property
    def throughput_cost(self) -> Interval:
        """Give the part of throughput that the other loses: 0.1 is a tenth."""
        pairs = zip(self.base, self.other, strict=True)
        return Interval.of([1 - b.calls_per_second / a.calls_per_second for a, b in pairs])

    @property
    def gain(self) -> Interval:
        """Give how many times the base's throughput the other has."""
        pairs = zip(self.base, self.other, strict=True)
        return Interval.of([b.calls_per_second / a.calls_per_second for a, b in pairs])

    @property
    def cpu_cost(self) -> Interval:
        """Give how much more processor time the other takes: 0.1 is a tenth more."""
        pairs = zip(self.base, self.other, strict=True)
        return Interval.of([b.cpu_micros / a.cpu_micros - 1 for a, b in pairs])

    @property
    def extra_cpu_micros(self) -> Interval:
        """Give how much more processor time the other takes for a call."""
        pairs = zip(self.base, self.other, strict=True)
        return Interval.of([b.cpu_micros - a.cpu_micros for a, b in pairs])


def compare(base: Callable[[], Sample], other: Callable[[], Sample], rounds: int) -> Comparison:
    """Measure both in turns; which of them begins changes with every round."""
    bases: list[Sample] = []
    others: list[Sample] = []
    turns = [(base, bases), (other, others)]
    for _ in range(rounds):
        for measure, samples in turns:
            samples.append(measure())
        turns.reverse()
    return Comparison(tuple(bases), tuple(others))
