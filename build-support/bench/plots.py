"""Plots, as the report reads them from the JSON of a benchmark."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one colour, by ascending x."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot.

    note: how to read it.
    x, y: what the axes show.
    log_x: whether each step on the axis is a multiple of the one before.
    """

    title: str
    note: str
    x: str
    y: str
    lines: tuple[Line, ...]
    log_x: bool = False

    def document(self) -> dict[str, object]:
        """Give it as JSON's values."""
        return {
            "title": self.title,
            "note": self.note,
            "x": {"name": self.x, "log": self.log_x},
            "y": {"name": self.y, "log": False},
            "lines": [{"name": each.name, "points": list(each.points)} for each in self.lines],
        }
