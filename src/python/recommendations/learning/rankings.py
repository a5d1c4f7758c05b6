"""Ways to recommend, over arrays: what was learned, and the two that it must beat."""

import numpy as np
from scipy.sparse import csr_array

from recommendations.learning.arrays import Ints, Matrix
from recommendations.learning.evaluation import NOTHING, PLACES
from recommendations.learning.similarity import best_per_row


class MostPopular:
    """The same books to everybody: those that most readers chose, but for those they know."""

    def __init__(self, readers: Ints) -> None:
        """Take how many readers chose each book; of equals the first comes first."""
        self._by_popularity = np.argsort(-readers, kind="stable")

    def rank(self, known: Matrix) -> Ints:
        """See `Ranking`."""
        books = np.full((known.shape[0], PLACES), NOTHING, np.int64)
        for row in range(known.shape[0]):
            self.fill(books[row], _row(known, row))
        return books

    def fill(self, places: Ints, known: Ints) -> None:
        """Put the most popular of the other books in the last, empty places."""
        taken = places != NOTHING
        unwanted = np.append(known, places[taken])
        # So many of the first books hold enough that are not among the unwanted.
        first = self._by_popularity[: len(unwanted) + PLACES]
        there = first[~np.isin(first, unwanted)]
        empty = np.flatnonzero(~taken)[: len(there)]
        places[empty] = there[: len(empty)]


class AtRandom:
    """Any books, under a seed."""

    def __init__(self, books: int, seed: int) -> None:
        self._books = books
        self._rng = np.random.default_rng(seed)

    def rank(self, known: Matrix) -> Ints:
        """See `Ranking`."""
        books = np.full((known.shape[0], PLACES), NOTHING, np.int64)
        for row in range(known.shape[0]):
            unwanted = _row(known, row)
            drawn = min(self._books, len(unwanted) + PLACES)
            some = self._rng.choice(self._books, size=drawn, replace=False)
            others = some[~np.isin(some, unwanted)][:PLACES]
            books[row, : len(others)] = others
        return books


class Learned:
    """Adds up what each chosen book says for others, as the service does.

    Where that names too few, the most popular books follow.
    """

    def __init__(self, similar: Matrix, popular: MostPopular) -> None:
        self._similar = similar
        self._popular = popular

    def rank(self, known: Matrix) -> Ints:
        """See `Ranking`."""
        scores = csr_array(known @ self._similar)
        # What is known becomes 0 exactly, and so is not among the best.
        scores = csr_array(scores - scores.multiply(known))
        best = best_per_row(scores, PLACES)
        books = np.full((known.shape[0], PLACES), NOTHING, np.int64)
        row = np.repeat(np.arange(known.shape[0]), np.diff(best.indptr))
        books[row, np.arange(best.nnz) - best.indptr[row]] = best.indices
        for short in np.flatnonzero(books[:, -1] == NOTHING).tolist():
            self._popular.fill(books[short], _row(known, short))
        return books


def _row(matrix: Matrix, row: int) -> Ints:
    columns: Ints = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return columns
