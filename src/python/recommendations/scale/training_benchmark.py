"""Prints what training costs, by what readers who do not exist did with books that nobody wrote."""

import resource
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime

from recommendations.learning.marks import read_marks
from recommendations.learning.methods import NAMES, method_for
from recommendations.learning.terminal import bars
from recommendations.learning.training import train
from recommendations.scale.synthetic_books import SyntheticBooks
from recommendations.scale.synthetic_readers import SyntheticInteractions


def main(argv: Sequence[str] | None = None) -> int:
    """Read, learn, print how long each took and the peak of memory, and give the exit code."""
    parser = ArgumentParser("training_benchmark", description=__doc__)
    parser.add_argument("--books", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=5_000_000)
    parser.add_argument("--method", choices=NAMES)
    arguments = parser.parse_args(argv)

    source = SyntheticInteractions(SyntheticBooks(arguments.books), arguments.interactions)
    progress = bars(sys.stderr)
    start = time.perf_counter()
    marks = read_marks(source, 1, progress)
    read = time.perf_counter()
    sys.stdout.write(f"made and read {len(marks)} marks in {read - start:.1f} s\n")
    method = method_for(arguments.method, len(marks.book_ids))
    model = train(marks, method, seed=1, now=datetime.now(UTC), progress=progress)
    learned = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{method.name} learned {len(model.similar)} similar books of {len(model)} in"
        f" {learned - read:.1f} s; peak memory {peak} MB\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
