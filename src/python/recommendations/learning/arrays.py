"""The types of arrays and matrices that learning works on."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints: TypeAlias = NDArray[np.signedinteger[Any]]
"""Indexes, ids, counts, times: int64, and int32 within sparse matrices."""
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Matrix: TypeAlias = csr_array[Any, tuple[int, int]]
"""A sparse matrix by rows.

Sums over readers and systems of equations are of float64: the differences that the equations live
on would drown in the rounding of float32. What is learned is of float32: it has two or three
telling digits, and half the bytes.
"""
