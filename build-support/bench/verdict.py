"""What a cost that is known only roughly says about a limit."""

import enum

from bench.comparison import Interval


class Verdict(enum.Enum):
    """The value is the exit code of a benchmark."""

    WITHIN = 0
    OVER = 1
    UNCLEAR = 3

    @staticmethod
    def on(cost: Interval, limit: float) -> "Verdict":
        """Judge a cost: both ends of the interval must be on the same side of the limit."""
        if cost.high <= limit:
            return Verdict.WITHIN
        return Verdict.OVER if cost.low > limit else Verdict.UNCLEAR

    @property
    def words(self) -> str:
        """Give it as part of a line."""
        return _WORDS[self]


_WORDS = {
    Verdict.WITHIN: "within the limit",
    Verdict.OVER: "over the limit",
    Verdict.UNCLEAR: "the machine was too noisy to conclude",
}
