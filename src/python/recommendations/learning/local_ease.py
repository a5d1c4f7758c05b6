"""EASE in the neighborhood of each book: a small ridge regression for each, at any size."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.linalg import solve
from scipy.sparse import csc_array, csr_array

from recommendations.learning.arrays import Floats, Ints, Matrix
from recommendations.learning.cooccurrence import Choices
from recommendations.learning.progress import Progress, silent
from recommendations.learning.similarity import best_per_row, less_popular_first, most_similar


@dataclass(frozen=True, slots=True)
class LocalEase:
    """Foretells who chooses a book from who chose its neighbors, the books most like it by cosine.

    The choice of features before a regression is that of Ning and Karypis' fsSLIM (2011), the
    regression that of EASE. Work and memory grow with books times neighbors, not with the square of
    books; and with fewer things to explain by it measures better than EASE itself.

    neighbors: how many books each is explained by, at most.
    ridge, reader_weight, rarity: see `DenseEase`.
    """

    neighbors: int = 100
    ridge: float = 40.0
    reader_weight: float = 0.5
    rarity: float = 0.1

    name = "local-ease"

    @property
    def parameters(self) -> Mapping[str, float]:
        """See `Method`."""
        return asdict(self)

    def learn(self, matrix: Matrix, progress: Progress = silent) -> Matrix:
        """See `Method`."""
        choices = Choices.of(matrix, self.reader_weight)
        explained_by = _Columns(len(choices))
        with progress("solving for each book", len(choices)) as advance:
            for start, neighbors in self._neighborhoods(choices):
                for row in range(neighbors.shape[0]):
                    near = neighbors.indices[neighbors.indptr[row] : neighbors.indptr[row + 1]]
                    weights = self._regression(choices, start + row, near)
                    explained_by.append(near, weights)
                    advance(1)
        speaks_for = explained_by.matrix()
        readers = np.diff(choices.by_book.indptr)
        speaks_for.data *= less_popular_first(readers, self.rarity)[speaks_for.indices]
        return best_per_row(speaks_for, most_similar(len(choices)))

    def _neighborhoods(self, choices: Choices) -> Iterator[tuple[int, Matrix]]:
        """Give the first book of each chunk, and the neighbors of its books by falling cosine."""
        lengths = np.sqrt(np.maximum(choices.totals(), np.finfo(np.float64).tiny))
        for start, counts in choices.chunks():
            # Dividing by the length of the row's book, too, would not change an order within a row.
            counts.data /= lengths[counts.indices]
            yield start, best_per_row(counts, self.neighbors)

    def _regression(self, choices: Choices, book: int, near: Ints) -> Floats:
        rows = choices.by_book[np.append(book, near)]
        counts = (rows @ rows.T).toarray()
        predictors = counts[1:, 1:]
        predictors.flat[:: len(near) + 1] += self.ridge
        return solve(predictors, counts[1:, 0], assume_a="pos", check_finite=False)


class _Columns:
    """A matrix that grows by a column at a time, in flat arrays."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._rows, self._values = array("i"), array("f")
        self._starts = array("q", [0])

    def append(self, rows: Ints, values: Floats) -> None:
        """Add a column of what is positive of these values in these rows."""
        positive = values > 0
        self._rows.frombytes(rows[positive].astype(np.int32).tobytes())
        self._values.frombytes(values[positive].astype(np.float32).tobytes())
        self._starts.append(len(self._rows))

    def matrix(self) -> Matrix:
        """Give it by rows."""
        shape = (self._height, len(self._starts) - 1)
        parts = np.asarray(self._values), np.asarray(self._rows), np.asarray(self._starts)
        return csr_array(csc_array(parts, shape=shape))
