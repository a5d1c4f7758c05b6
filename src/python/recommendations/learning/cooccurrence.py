"""How often books were chosen together, a few rows at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array, diags_array

from recommendations.learning.arrays import Floats, Matrix

CHUNK_PAIRS = 4_000_000
"""How many pairs of marks are counted at once: bounds the memory of a chunk to some 100 MB."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Who chose what, each reader weighted.

    A reader with n marks weighs n to the power -`reader_weight`: 0 lets one who marks hundreds of
    books, and so tells little of each, outvote many; 1 gives each reader the same say.

    by_book: a matrix of books by readers with the square roots of weights, so that its product with
        its transpose counts common readers by weight.
    """

    by_book: Matrix

    @classmethod
    def of(cls, matrix: Matrix, reader_weight: float) -> "Choices":
        """Weigh the readers of a matrix of readers by books that has 1 for each mark."""
        marks: Floats = np.maximum(np.diff(matrix.indptr), 1.0)
        weighted = diags_array(marks ** (-reader_weight / 2)) @ matrix
        return cls(csr_array(weighted.T))

    def __len__(self) -> int:
        """Count the books."""
        return int(self.by_book.shape[0])

    def totals(self) -> Floats:
        """Give the weight of all readers of each book."""
        totals: Floats = np.asarray(self.by_book.multiply(self.by_book).sum(axis=1), np.float64)
        return totals.ravel()

    def chunks(self) -> Iterator[tuple[int, Matrix]]:
        """Give the first book of each chunk, and common readers of its books with every book.

        The rows of all chunks together are the matrix of co-occurrence, its diagonal left out.
        """
        by_reader = csr_array(self.by_book.T)
        marks_of_reader = np.diff(by_reader.indptr)
        pairs = np.append(0, np.cumsum(marks_of_reader[self.by_book.indices], dtype=np.int64))
        chunk = pairs[self.by_book.indptr[:-1]] // CHUNK_PAIRS
        starts = [0, *(np.flatnonzero(np.diff(chunk)) + 1), len(self)] if len(self) else []
        for start, end in pairwise(starts):
            counts = csr_array(self.by_book[start:end] @ by_reader)
            rows = np.repeat(np.arange(start, end), np.diff(counts.indptr))
            counts.data[counts.indices == rows] = 0
            yield int(start), counts
