"""The cosine over co-occurrence, shrunk where there is little evidence."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.sparse import csr_array

from recommendations.learning.arrays import Matrix
from recommendations.learning.cooccurrence import Choices
from recommendations.learning.progress import Progress, silent
from recommendations.learning.similarity import best_per_row, most_similar, stacked


@dataclass(frozen=True, slots=True)
class Cosine:
    """Common readers, over powers of the readers of either book.

    shrinkage: added to the weight of the readers of each book, so that two books with one common
        reader each are no perfect match.
    chosen_exponent, other_exponent: 0.5 each is the cosine. A lower one for the book that is
        recommended favors popular books.
    reader_weight: see `Choices`. With 1 this is a walk from book to reader to book by chance.
    """

    shrinkage: float = 5.0
    chosen_exponent: float = 0.8
    other_exponent: float = 0.4
    reader_weight: float = 1.0

    name = "cosine"

    @property
    def parameters(self) -> Mapping[str, float]:
        """See `Method`."""
        return asdict(self)

    def learn(self, matrix: Matrix, progress: Progress = silent) -> Matrix:
        """See `Method`."""
        choices = Choices.of(matrix, self.reader_weight)
        readers = choices.totals() + self.shrinkage
        by_chosen, by_other = readers**-self.chosen_exponent, readers**-self.other_exponent
        parts: list[Matrix] = [csr_array(np.zeros((0, len(choices)), np.float32))]
        with progress("comparing books", len(choices)) as advance:
            for start, counts in choices.chunks():
                rows = np.repeat(np.arange(start, start + counts.shape[0]), np.diff(counts.indptr))
                counts.data *= by_chosen[rows] * by_other[counts.indices]
                parts.append(best_per_row(counts, most_similar(len(choices))))
                advance(counts.shape[0])
        return stacked(parts)
