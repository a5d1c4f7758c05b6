"""What was measured, beside what it should be."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value, with a bound if there is a goal for it."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def missed(self) -> bool:
        """Whether there is a goal, and the value is on the wrong side of it."""
        too_much = self.at_most is not None and self.value > self.at_most
        return too_much or (self.at_least is not None and self.value < self.at_least)

    @property
    def goal(self) -> str:
        """Say the goal, or nothing where there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most:,.12g}"
        return "" if self.at_least is None else f"at least {self.at_least:,.12g}"

    def as_json(self) -> dict[str, object]:
        """Give what JSON can say of it."""
        value = {"name": self.name, "value": self.value, "unit": self.unit}
        return {**value, "goal": self.goal, "missed": self.missed} if self.goal else value


def report(figures: Iterable[Figure]) -> str:
    """Give a table for people, a line for each figure."""
    return "".join(
        f"{each.name:<62} {each.value:>12,.2f} {each.unit:<6} {each.goal}"
        f"{' MISSED' if each.missed else ''}".rstrip() + "\n"
        for each in figures
    )
