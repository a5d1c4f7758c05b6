"""Similarities between books: keeping the best, and making a model of them."""

from array import array
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from recommendations.learning.arrays import Floats, Ints, Matrix
from recommendations.learning.marks import Marks
from recommendations.learning.model import MAX_SIMILAR, LearnedModel, ModelInfo

BLOCK = 8_000_000
"""How many entries of a matrix are sorted at once, to bound the memory that it takes."""


def most_similar(books: int) -> int:
    """Say how many similar books of each are kept: fewer where there are very many.

    A service holds them all in memory, for a moment twice; and a reader's votes are few anyway.
    """
    return MAX_SIMILAR if books <= 100_000 else 20


def best_per_row(matrix: Matrix, most: int) -> Matrix:
    """Keep the `most` largest positive entries of each row, the best first, as float32.

    Equals keep the order of their columns, so the result is one and the same each time. The
    columns of a row of the result do not ascend.
    """
    if matrix.nnz > BLOCK and matrix.shape[0] > 1:
        middle = matrix.shape[0] // 2
        halves = (best_per_row(part, most) for part in (matrix[:middle], matrix[middle:]))
        return stacked(list(halves))
    matrix = matrix.sorted_indices()
    row = np.repeat(np.arange(matrix.shape[0], dtype=np.uint64), np.diff(matrix.indptr))
    value = matrix.data.astype(np.float32)
    positive = value > 0
    row, column, value = row[positive], matrix.indices[positive], value[positive]
    # The bits of positive floats, taken for whole numbers, are in the order of the floats: so one
    # sort by one key does, which takes a third of the time of a sort by two.
    key = row << np.uint64(32) | (np.uint64(2**32 - 1) - value.view(np.uint32))
    order = np.argsort(key, kind="stable")
    column, value = column[order], value[order]
    counts = np.bincount(row.astype(np.int64), minlength=matrix.shape[0])
    starts = np.append(0, np.cumsum(counts))
    kept = np.arange(len(row)) - np.repeat(starts[:-1], counts) < most
    kept_starts = np.append(0, np.cumsum(np.minimum(counts, most)))
    return csr_array((value[kept], column[kept], kept_starts), shape=matrix.shape)


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
