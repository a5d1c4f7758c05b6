"""How well a way to recommend foretells marks that were held back."""

from dataclasses import astuple, dataclass
from typing import Protocol

import numpy as np

from recommendations.learning.arrays import Ints, Matrix
from recommendations.learning.split import Split

PLACES = 10
"""How many books are recommended to each reader."""
NOTHING = -1
"""Stands in a place for which there is no book."""


class Ranking(Protocol):
    """A way to recommend."""

    def rank(self, known: Matrix) -> Ints:
        """Recommend to readers by what they are known to have chosen.

        known: readers by books, with 1 for each mark.
        Gives readers by `PLACES` of books, the best first, none twice and none that is known, with
        `NOTHING` where there are too few.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """What came of it; every number is from 0 to 1, and more is better.

    hit_rate: the part of readers whose book is among the recommended ones.
    recall: the part of books held back that are recommended. With one book held back of each
        reader, this is the hit rate; both names are common.
    ndcg: as the hit rate, but a hit on place p from 1 counts 1 / log2(p + 1).
    coverage: the part of all books that is recommended to anybody.
    """

    hit_rate: float
    recall: float
    ndcg: float
    coverage: float


READERS_AT_ONCE = 2048
"""Bounds the memory."""


def evaluate(ranking: Ranking, split: Split) -> Scores:
    """Recommend to each reader of whom a book was held back, and see where that book stands."""
    known = split.known.matrix()
    recommended = np.zeros(known.shape[1], np.bool_)
    hits, gain = 0, 0.0
    for start in range(0, len(split.readers), READERS_AT_ONCE):
        readers = split.readers[start : start + READERS_AT_ONCE]
        held_back = split.books[start : start + READERS_AT_ONCE]
        books = ranking.rank(known[readers])
        recommended[books[books != NOTHING]] = True
        _, place = np.nonzero(books == held_back[:, np.newaxis])
        hits += len(place)
        gain += float(np.sum(1 / np.log2(place + 2)))
    # Each reader has one book held back, so readers with a hit are books that were found.
    readers_count = max(len(split.readers), 1)
    return Scores(
        hit_rate=hits / readers_count,
        recall=hits / max(len(split.books), 1),
        ndcg=gain / readers_count,
        coverage=float(recommended.mean()) if len(recommended) else 0.0,
    )


def mean(scores: list[Scores]) -> Scores:
    """Give the mean of each number."""
    return Scores(*np.mean([astuple(each) for each in scores], axis=0).tolist())
