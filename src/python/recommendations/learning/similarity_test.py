from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recommendations.interaction import Interaction, InteractionKind
from recommendations.learning import similarity
from recommendations.learning.marks import read_marks
from recommendations.learning.marks_test import Batches
from recommendations.learning.model import ModelInfo
from recommendations.learning.similarity import best_per_row, learned_model, less_popular_first

values = st.lists(st.lists(st.integers(-2, 3), min_size=5, max_size=5), min_size=1, max_size=6).map(
    np.array
)


def rows(matrix: "csr_array[np.float32, tuple[int, int]]") -> list[list[tuple[int, float]]]:
    """What stands in each row, in the order in which it stands there."""
    starts = matrix.indptr.tolist()
    both = list(zip(matrix.indices.tolist(), matrix.data.tolist(), strict=True))
    return [both[start:end] for start, end in zip(starts, starts[1:], strict=False)]


def naive(matrix: "np.ndarray[tuple[int, int], np.dtype[np.int64]]", most: int) -> object:
    return [
        sorted(((c, v) for c, v in enumerate(row) if v > 0), key=lambda each: (-each[1], each[0]))[
            :most
        ]
        for row in matrix.tolist()
    ]


@settings(deadline=None)
@given(values, st.integers(1, 6))
def test_the_best_of_a_row_are_its_largest_positive_entries_in_falling_order(
    matrix: "np.ndarray[tuple[int, int], np.dtype[np.int64]]", most: int
) -> None:
    assert naive(matrix, most) == rows(best_per_row(csr_array(matrix), most))


def test_a_large_matrix_is_sorted_in_parts_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    matrix = csr_array(np.random.default_rng(1).integers(-3, 9, (31, 17)))
    whole = rows(best_per_row(matrix, 4))
    monkeypatch.setattr(similarity, "BLOCK", 40)
    assert whole == rows(best_per_row(matrix, 4))


def test_rarer_books_are_lifted_by_the_power_of_their_share() -> None:
    factors = less_popular_first(np.array([1, 4, 7]), 0.5)
    assert [2.0, 1.0] == factors[:2].tolist()
    assert [1.0, 1.0, 1.0] == less_popular_first(np.array([1, 4, 7]), 0).tolist()


def test_a_model_names_books_by_their_ids() -> None:
    interactions = [
        Interaction(1, 20, InteractionKind.VIEWED),
        Interaction(1, 30, InteractionKind.VIEWED),
        Interaction(2, 30, InteractionKind.VIEWED),
    ]
    marks = read_marks(Batches(interactions), seed=1)
    info = ModelInfo("cosine", {}, 1, datetime(2026, 1, 31, tzinfo=UTC), 2, 3)
    similar = csr_array(np.array([[0, 0.5], [0.25, 0]], np.float32))

    model = learned_model(info, marks, similar)

    assert [
        (20, 1, [30], [0.5]),
        (30, 2, [20], [0.25]),
    ] == [(row[0], row[1], list(row[2]), list(row[3])) for row in model.rows()]
