"""What a benchmark promises: rows of a table, and the contests that their figures come from."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from bench.comparison import Comparison, Interval, Sample, compare
from bench.verdict import Direction, Verdict

Measure = Callable[[], Sample]
"""Makes one round."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: rounds of each contender, and about how long each lasts."""

    rounds: int = 9
    seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Contest:
    """Two contenders, measured in turns. Rows may share one.

    base, other: what they are called.
    open: starts and warms up both, has the stack end them, and gives how to measure base and other.
    """

    base: str
    other: str
    open: Callable[[ExitStack, Plan], tuple[Measure, Measure]]

    def run(self, plan: Plan) -> Comparison:
        """Measure. Raises ContenderError or LoadError."""
        with ExitStack() as stack:
            base, other = self.open(stack, plan)
            return compare(base, other, plan.rounds)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: how many times the base's quantity the other has, and should have.

    name: a word for the command line.
    work, against: for the table; Markdown.
    quantity: see `bench.quantities`.
    """

    name: str
    work: str
    against: str
    contest: Contest
    quantity: str
    direction: Direction
    goal: float


@dataclass(frozen=True, slots=True)
class Result:
    """A row and what was measured for it."""

    row: Row
    comparison: Comparison

    @property
    def ratio(self) -> Interval:
        """Give how many times the base's quantity the other has."""
        return self.comparison.ratio(self.row.quantity)

    @property
    def verdict(self) -> Verdict:
        """Say whether that is the goal."""
        return Verdict.on(self.ratio, self.row.goal, self.row.direction)
