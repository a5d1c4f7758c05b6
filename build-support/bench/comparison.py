"""Two alternatives measured in turns, on a machine that has other things to do."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

_CONFIDENCE = 0.95

Sample = Mapping[str, float]
"""One round with one alternative: quantities by their names, see `bench.quantities`."""


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

    def ratio(self, quantity: str) -> Interval:
        """Give how many times the base's the other's quantity is, pair by pair."""
        pairs = zip(self.base, self.other, strict=True)
        return Interval.of([other[quantity] / base[quantity] for base, other in pairs])

    def difference(self, quantity: str) -> Interval:
        """Give how much more the other has of a quantity than the base, pair by pair."""
        pairs = zip(self.base, self.other, strict=True)
        return Interval.of([other[quantity] - base[quantity] for base, other in pairs])


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
