"""What a ratio that is known only roughly says about a goal."""

import enum

from bench.comparison import Interval


class Direction(enum.Enum):
    """On which side of its goal a ratio should be. The value is how a table says it."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


class Verdict(enum.Enum):
    """The value is the exit code of a benchmark."""

    REACHED = 0
    MISSED = 1
    UNCLEAR = 3

    @staticmethod
    def on(ratio: Interval, goal: float, direction: Direction) -> "Verdict":
        """Judge a ratio: both ends of the interval must be on the same side of the goal."""
        low, high = ratio.low - goal, ratio.high - goal
        if direction is Direction.AT_MOST:
            low, high = -high, -low
        if low >= 0:
            return Verdict.REACHED
        return Verdict.MISSED if high < 0 else Verdict.UNCLEAR

    @property
    def words(self) -> str:
        """Give it as part of a line."""
        return _WORDS[self]


def worst(verdicts: list[Verdict]) -> Verdict:
    """Give the verdict on all: a miss is worse than what is unclear."""
    return next((v for v in (Verdict.MISSED, Verdict.UNCLEAR) if v in verdicts), Verdict.REACHED)


_WORDS = {
    Verdict.REACHED: "reached",
    Verdict.MISSED: "missed",
    Verdict.UNCLEAR: "too noisy to conclude",
}
