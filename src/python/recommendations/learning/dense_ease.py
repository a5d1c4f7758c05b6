"""EASE: one ridge regression over all books at once (H. Steck, WWW 2019)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy import linalg
from scipy.sparse import csr_array

from recommendations.learning.arrays import Matrix
from recommendations.learning.cooccurrence import Choices
from recommendations.learning.model import MAX_SIMILAR
from recommendations.learning.progress import Progress, silent
from recommendations.learning.similarity import best_per_row, less_popular_first


@dataclass(frozen=True, slots=True)
class DenseEase:
    """Foretells each column of the matrix of choices from all others, in closed form.

    With G the weighted counts of common readers and P the inverse of G + ridge * I, what book i
    says for book j is -P[i, j] / P[j, j]. What is negative, and all but the best `MAX_SIMILAR` of
    a row, is then left out; docs/recommending.md shows that this costs nothing.

    ridge: Steck's lambda; more trusts the data less.
    reader_weight: see `Choices`.
    rarity: see `less_popular_first`.
    """

    ridge: float = 40.0
    reader_weight: float = 0.5
    rarity: float = 0.1

    name = "ease"

    @property
    def parameters(self) -> Mapping[str, float]:
        """See `Method`."""
        return asdict(self)

    def learn(self, matrix: Matrix, progress: Progress = silent) -> Matrix:
        """See `Method`."""
        choices = Choices.of(matrix, self.reader_weight)
        with progress("solving for all books", 1) as advance:
            counts = (choices.by_book @ choices.by_book.T).toarray()
            counts.flat[:: len(choices) + 1] += self.ridge
            precision = linalg.inv(counts, overwrite_a=True, check_finite=False)
            speaks_for = precision / -precision.diagonal()
            np.fill_diagonal(speaks_for, 0)
            speaks_for *= less_popular_first(np.diff(choices.by_book.indptr), self.rarity)
            advance(1)
        speaks_for[speaks_for < 0] = 0
        return best_per_row(csr_array(speaks_for), MAX_SIMILAR)
