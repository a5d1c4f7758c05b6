"""Prints what choosing books costs, for the nine books of the tutorial and for many.

Sizes take turns, round by round, so that what else the machine does falls on all of them alike.
"""

import resource
import sys
import time
from argparse import ArgumentParser
from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from random import Random
from statistics import median

import numpy as np

from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default
from recommendations.interaction import NO_PROFILE, Profile
from recommendations.learning.model import LearnedModel, ModelInfo
from recommendations.ranking.personal import PersonalRanking
from recommendations.ranking.ports import NOBODY
from recommendations.scale.synthetic_books import SyntheticBooks
from recommendations.shop import Shop

SIMILAR = 20
HISTORY = 10
READERS = 500
WANTED = 3
"""As many as the shop's home page shows."""
CATEGORY = Category.MYSTERY

Ask = Callable[[int], None]
"""Asks once, for the reader of a number."""


class Memory:
    """What readers did, in memory. Readers 1 to `READERS` looked at some books each."""

    def __init__(self, books: Sequence[int]) -> None:
        rng = Random(1)
        count = min(HISTORY, len(books) // 3)
        self._by_reader = {
            reader: Profile(rng.sample(books, count), [False] * count)
            for reader in range(1, READERS + 1)
        }

    def profile(self, reader_id: int) -> Profile:
        """See `ReaderHistory`."""
        return self._by_reader.get(reader_id, NO_PROFILE)


def small_shop() -> Shop:
    """Give the nine books that are featured, and a model of them."""
    featured = [book for book in load_default().books if book.featured]
    return Shop(Catalog(featured), model_of(np.array([book.id for book in featured]), 1))


def large_shop(count: int) -> Shop:
    """Give synthetic books, and a model by which those of a circle are alike."""
    books = SyntheticBooks(count)
    ids = np.array([books.id_of(rank) for rank in range(count)])
    return Shop(Catalog(books), model_of(ids, books.circles))


def model_of(ids: "np.ndarray[tuple[int], np.dtype[np.int64]]", circles: int) -> LearnedModel:
    """Make a model of books by falling popularity, of which each `circles`-th are alike."""
    count = len(ids)
    most = min(SIMILAR, count - 1)
    neighbors = (np.arange(count)[:, None] + circles * np.arange(1, most + 1)) % count
    order = np.argsort(ids)
    info = ModelInfo("synthetic", {}, 1, datetime.now(UTC), 1, 1)
    scores = np.linspace(1, 0.1, most, dtype=np.float32)
    return LearnedModel(
        info,
        book_ids=array("i", ids[order].astype(np.int32).tobytes()),
        readers=array("i", (count - order).astype(np.int32).tobytes()),
        starts=array("q", (np.arange(count + 1) * most).tobytes()),
        similar=array("i", ids[neighbors[order]].astype(np.int32).tobytes()),
        scores=array("f", np.tile(scores, count).tobytes()),
    )


def asking(shop: Shop) -> dict[str, Ask]:
    """Give ways to ask: as nobody, as a reader who did nothing yet, and as one who did."""
    memory = Memory([book.id for book in shop.catalog.books])
    ranking = PersonalRanking(memory, Random(1), lambda: date(2026, 1, 31))

    def ask(reader_id: int) -> None:
        ranking.recommend(shop, reader_id=reader_id, category=CATEGORY, wanted=WANTED)

    return {
        "nobody": lambda _: ask(NOBODY),
        "new reader": lambda number: ask(READERS + 1 + number),
        f"reader of {HISTORY} books": lambda number: ask(1 + number % READERS),
    }


def microseconds(ask: Ask, times: int) -> float:
    """Give the median time of asking so many times."""
    taken = []
    for number in range(times):
        start = time.perf_counter()
        ask(number)
        taken.append(time.perf_counter() - start)
    return median(taken) * 1e6


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, and give the exit code."""
    parser = ArgumentParser("benchmark", description=__doc__)
    parser.add_argument("--books", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--times", type=int, default=500)
    arguments = parser.parse_args(argv)

    shops = {"9": asking(small_shop())}
    for count in arguments.books:
        start = time.perf_counter()
        shops[f"{count:,}"] = asking(large_shop(count))
        sys.stdout.write(f"made {count:,} books in {time.perf_counter() - start:.1f} s\n")
    medians: dict[tuple[str, str], list[float]] = {}
    for _ in range(arguments.rounds):
        for size, ways in shops.items():
            for way, ask in ways.items():
                taken = microseconds(ask, arguments.times)
                medians.setdefault((way, size), []).append(taken)
    sys.stdout.write(f"median microseconds of choosing {WANTED} books\n")
    for way in shops["9"]:
        cells = [f"{median(medians[way, size]):8.1f} of {size} books" for size in shops]
        sys.stdout.write(f"{way:20}{'  '.join(cells)}\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"peak memory {peak} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
