"""What training shows a person: bars while it works, a table at the end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm

from recommendations.learning.evaluation import PLACES, Scores
from recommendations.learning.progress import Advance, Progress

COLUMNS = (f"hit rate@{PLACES}", f"recall@{PLACES}", f"NDCG@{PLACES}", "coverage")


def bars(stream: TextIO) -> Progress:
    """Give bars on a stream that is a terminal, and silence on any other."""

    @contextmanager
    def bar(what: str, total: int | None) -> Iterator[Advance]:
        with tqdm(desc=what, total=total, file=stream, disable=None, leave=False) as shown:
            yield shown.update

    return bar


def table(scores: Mapping[str, Scores], baseline: str) -> str:
    """Give the scores as lines of text, and how many times those of the baseline they are."""
    names = max(map(len, scores))
    head = "  ".join([" " * names, *(f"{column:>16}" for column in COLUMNS)])
    lines = [head.rstrip()]
    base = scores[baseline]
    for name, each in scores.items():
        cells = [
            f"{each.hit_rate:.4f} {_times(each.hit_rate, base.hit_rate)}",
            f"{each.recall:.4f} {_times(each.recall, base.recall)}",
            f"{each.ndcg:.4f} {_times(each.ndcg, base.ndcg)}",
            f"{each.coverage:.4f} {_times(each.coverage, base.coverage)}",
        ]
        lines.append("  ".join([f"{name:<{names}}", *(f"{cell:>16}" for cell in cells)]))
    return "\n".join(lines)


def _times(value: float, base: float) -> str:
    return f"(x {value / base:5.2f})" if base else ""
