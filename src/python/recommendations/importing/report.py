"""What becomes of a file that is imported."""

from dataclasses import dataclass, field
from pathlib import Path

MAX_PROBLEMS = 100
"""How many wrong rows of a file are named; those beyond are counted."""


@dataclass(slots=True)
class Report:
    """Counts the rows of a file, and names those that are wrong."""

    path: Path
    what: str = "rows"
    rows: int = 0
    wrong_rows: int = 0
    problems: list[str] = field(default_factory=list)
    left_out: int = 0
    _last_line: int = 0

    def wrong(self, line: int, description: str) -> None:
        """Note what is wrong with the row that begins on a line; a row may have several faults."""
        if line != self._last_line:
            self.wrong_rows += 1
            self._last_line = line
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{self.path}: line {line}: {description}")
        else:
            self.left_out += 1

    def unreadable(self, text: str) -> None:
        """Note that the file cannot be read at all, and why."""
        self.wrong_rows += 1
        self.problems += text.splitlines()

    def lines(self) -> list[str]:
        """Give the problems as lines of text."""
        more = [f"{self.path}: and {self.left_out} problems more"] * bool(self.left_out)
        return [*self.problems, *more]
