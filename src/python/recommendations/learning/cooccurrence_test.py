import numpy as np
import pytest
from scipy.sparse import csr_array

from recommendations.learning import cooccurrence
from recommendations.learning.arrays import Floats
from recommendations.learning.cooccurrence import Choices

CHOSEN = np.random.default_rng(1).integers(0, 2, (40, 13)).astype(np.float64)
CHOSEN[:, 4] = 0  # A book that nobody chose.
CHOSEN[7] = 0  # A reader who chose none.


def common_readers(weight: float) -> Floats:
    """The matrix of co-occurrence, as its definition says."""
    weights = np.maximum(CHOSEN.sum(axis=1), 1) ** -weight
    return CHOSEN.T @ np.diag(weights) @ CHOSEN


@pytest.mark.parametrize("pairs_at_once", [1, 500, 10**6])
@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_chunks_together_count_common_readers_by_weight_but_for_a_book_with_itself(
    weight: float, pairs_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cooccurrence, "CHUNK_PAIRS", pairs_at_once)
    expected = common_readers(weight)
    np.fill_diagonal(expected, 0)

    chunks = list(Choices.of(csr_array(CHOSEN), weight).chunks())

    heights = [chunk.shape[0] for _, chunk in chunks]
    assert [0, *np.cumsum(heights)[:-1].tolist()] == [start for start, _ in chunks]
    np.testing.assert_allclose(np.vstack([chunk.toarray() for _, chunk in chunks]), expected)


def test_chunks_are_small() -> None:
    """So that memory does not follow the catalogue."""
    matrix = csr_array(CHOSEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooccurrence, "CHUNK_PAIRS", 300)
        assert 4 < len(list(Choices.of(matrix, 0).chunks())) < 13


def test_totals_are_the_weights_of_a_books_readers() -> None:
    totals = Choices.of(csr_array(CHOSEN), 0.5).totals()
    np.testing.assert_allclose(totals, common_readers(0.5).diagonal())


def test_no_books_make_no_chunks() -> None:
    assert [] == list(Choices.of(csr_array(np.zeros((0, 0))), 1.0).chunks())
