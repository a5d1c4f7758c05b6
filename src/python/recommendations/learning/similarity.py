"""Similarities between books: keeping the best, and making a model of them."""

from array import array
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from recommendations.learning.arrays import Floats, Ints, Matrix
from recommendations.learning.marks import Marks
from recommendations.learning.model import LearnedModel, ModelInfo

BLOCK = 8_000_000
"""How many entries of a matrix are sorted at once, to bound the memory that it takes."""


def best_per_row(matrix: Matrix, most: int) -> Matrix:
    """Keep the `most` largest positive entries of each row, the best first, as float32.

    Equals keep the order of their columns, so the result is one and the same each time. The
    columns of a row of the result do not ascend.
    """
    if matrix.nnz > BLOCK and matrix.shape[0] > 1:
        middle = matrix.shape[0] // 2
        halves = (best_per_row(part, most) for part in (matrix[:middle], matrix[middle:]))
        return stacked(list(halves))
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    positive = matrix.data > 0
    row, column, value = row[positive], matrix.indices[positive], matrix.data[positive]
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    kept = np.arange(len(row)) - np.searchsorted(row, row) < most
    counts = np.bincount(row[kept], minlength=matrix.shape[0])
    starts = np.concatenate(([0], np.cumsum(counts)))
    return csr_array((value[kept].astype(np.float32), column[kept], starts), shape=matrix.shape)


def stacked(parts: Sequence[Matrix]) -> Matrix:
    """Put matrices of one width, at least one, below each other.

    Unlike `scipy.sparse.vstack` it promises to leave the entries of each row in their order.
    """
    ends = np.cumsum([part.nnz for part in parts])
    starts = [part.indptr[1:] + end - part.nnz for part, end in zip(parts, ends, strict=True)]
    data = np.concatenate([part.data for part in parts])
    indices = np.concatenate([part.indices for part in parts])
    shape = (sum(part.shape[0] for part in parts), parts[0].shape[1])
    return csr_array((data, indices, np.concatenate([[0], *starts])), shape=shape)


def less_popular_first(readers: Ints, exponent: float) -> Floats:
    """Give a factor for each book that lifts rarer ones: (readers / mean) to the power -exponent.

    Without it a few popular books take most places, and many books none. Small exponents cost
    nothing in accuracy; docs/recommending.md has the figures.
    """
    counts = np.maximum(readers, 1.0)
    if not len(counts):
        return counts
    factors: Floats = (counts / counts.mean()) ** -exponent
    return factors


def learned_model(info: ModelInfo, marks: Marks, similar: Matrix) -> LearnedModel:
    """Make a model of what was learned from marks.

    similar: a matrix of books by books, as `best_per_row` gives.
    """
    return LearnedModel(
        info,
        book_ids=array("i", marks.book_ids.astype(np.int32).tobytes()),
        readers=array("i", marks.per_book().astype(np.int32).tobytes()),
        starts=array("q", similar.indptr.astype(np.int64).tobytes()),
        similar=array("i", marks.book_ids[similar.indices].astype(np.int32).tobytes()),
        scores=array("f", similar.data.astype(np.float32).tobytes()),
    )
