"""What every method must do, and what each of them is by its definition."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recommendations.learning.cosine import Cosine
from recommendations.learning.dense_ease import DenseEase
from recommendations.learning.local_ease import LocalEase
from recommendations.learning.method import Method
from recommendations.learning.methods import (
    MAX_DENSE,
    MAX_REGRESSIONS,
    NAMES,
    WrongParameter,
    method_for,
    with_parameters,
)
from recommendations.learning.model import MAX_SIMILAR
from recommendations.learning.progress import silent

each_method = pytest.mark.parametrize("method", [method_for(name, 1) for name in NAMES])


def two_tastes(readers: int = 300, books: int = 80, seed: int = 1) -> NDArray[np.float64]:
    """Readers choose of the first half of the books, or of the second; nobody chose the last."""
    rng = np.random.default_rng(seed)
    chosen = np.zeros((readers, books))
    for reader in range(readers):
        first = (reader % 2) * books // 2
        chosen[reader, rng.choice(np.arange(first, first + books // 2), 8, replace=False)] = 1
    chosen[:, -1] = 0
    return chosen


def learned(method: Method, chosen: NDArray[np.float64]) -> Any:
    return method.learn(csr_array(chosen), silent)


@each_method
def test_similar_books_share_a_taste(method: Method) -> None:
    similar = learned(method, two_tastes())
    row = np.repeat(np.arange(80), np.diff(similar.indptr))
    by_weight = np.bincount(row // 40 == similar.indices // 40, similar.data)
    assert by_weight[1] > 0.99 * by_weight.sum()


@each_method
def test_rows_are_bounded_fall_and_lack_the_book_itself(method: Method) -> None:
    similar = learned(method, two_tastes(books=240))
    assert np.float32 == similar.dtype
    assert (240, 240) == similar.shape
    lengths = np.diff(similar.indptr)
    assert 0 < lengths.max() <= MAX_SIMILAR
    for book, (start, end) in enumerate(zip(similar.indptr, similar.indptr[1:], strict=False)):
        scores = similar.data[start:end]
        assert (scores > 0).all()
        assert (np.diff(scores) <= 0).all()
        assert book not in similar.indices[start:end]


@each_method
def test_a_book_that_nobody_chose_is_like_none(method: Method) -> None:
    similar = learned(method, two_tastes())
    assert similar.indptr[-1] == similar.indptr[-2]
    assert 79 not in similar.indices


@each_method
def test_to_learn_twice_gives_the_same_to_the_last_bit(method: Method) -> None:
    one, other = learned(method, two_tastes()), learned(method, two_tastes())
    assert one.indptr.tolist() == other.indptr.tolist()
    assert one.indices.tobytes() == other.indices.tobytes()
    assert one.data.tobytes() == other.data.tobytes()


@each_method
@pytest.mark.parametrize("shape", [(0, 0), (5, 3), (1, 1)])
def test_no_marks_teach_nothing(method: Method, shape: tuple[int, int]) -> None:
    similar = learned(method, np.zeros(shape))
    assert (shape[1], shape[1]) == similar.shape
    assert 0 == similar.nnz


def test_the_cosine_is_the_cosine() -> None:
    """With its classic parameters."""
    chosen = two_tastes(books=30)[:, :-1]
    lengths = np.linalg.norm(chosen, axis=0)
    expected = chosen.T @ chosen / np.outer(lengths, lengths)
    np.fill_diagonal(expected, 0)

    method = Cosine(shrinkage=0, chosen_exponent=0.5, other_exponent=0.5, reader_weight=0)

    np.testing.assert_allclose(learned(method, chosen).toarray(), expected, rtol=1e-6)


def test_ease_is_a_ridge_regression_of_each_book_on_all_others() -> None:
    chosen = two_tastes(books=30)
    ridge = 3.0
    expected = np.zeros((30, 30))
    for book in range(30):
        others = np.delete(np.arange(30), book)
        left = chosen[:, others].T @ chosen[:, others] + ridge * np.eye(29)
        expected[others, book] = np.linalg.solve(left, chosen[:, others].T @ chosen[:, book])
    method = DenseEase(ridge=ridge, reader_weight=0, rarity=0)
    np.testing.assert_allclose(
        learned(method, chosen).toarray(), np.maximum(expected, 0), rtol=1e-5, atol=1e-7
    )


def test_local_ease_with_every_book_a_neighbor_is_ease() -> None:
    """Where a book has common readers with all others."""
    chosen = np.random.default_rng(1).integers(0, 2, (200, 20)).astype(np.float64)
    np.testing.assert_allclose(
        learned(LocalEase(neighbors=20), chosen).toarray(),
        learned(DenseEase(), chosen).toarray(),
        rtol=1e-5,
        atol=1e-7,
    )


def test_local_ease_explains_a_book_by_its_nearest_neighbors_alone() -> None:
    similar = learned(LocalEase(neighbors=3), two_tastes()).toarray()
    assert 3 == (similar > 0).sum(axis=0).max()


def test_the_nearest_is_the_most_alike_and_not_the_most_popular() -> None:
    """All who chose book 0 chose book 2, as everybody did; most of them chose book 1."""
    chosen = np.zeros((100, 3))
    chosen[:10, 0] = chosen[:8, 1] = chosen[:, 2] = 1
    similar = learned(LocalEase(neighbors=1, reader_weight=0), chosen).toarray()
    assert [False, True, False] == (similar[:, 0] > 0).tolist()


def test_of_very_many_books_fewer_similar_ones_are_kept() -> None:
    """Each reader chose sixty that nobody else chose."""
    count = 100_020
    book = np.arange(count)
    reader = np.repeat(np.arange(count // 60), 60)
    chosen = csr_array((np.ones(count), (reader, book)))
    assert 20 == np.diff(Cosine().learn(chosen, silent).indptr).max()


def test_ease_gives_way_to_its_sparse_sibling_where_there_are_too_many_books() -> None:
    assert DenseEase() == method_for("ease", MAX_DENSE)
    assert LocalEase() == method_for("ease", MAX_DENSE + 1)


def test_without_a_name_the_number_of_books_decides() -> None:
    assert LocalEase() == method_for(None, MAX_REGRESSIONS)
    assert Cosine() == method_for(None, MAX_REGRESSIONS + 1)


def test_what_was_asked_for_by_name_is_taken_at_any_size_if_it_fits() -> None:
    assert LocalEase() == method_for("local-ease", MAX_REGRESSIONS + 1)
    assert Cosine() == method_for("cosine", 1)


def test_other_numbers_can_be_tried() -> None:
    numbers = {"ridge": 7.0, "neighbors": 30.0}
    assert LocalEase(ridge=7.0, neighbors=30) == with_parameters(LocalEase(), numbers)


@pytest.mark.parametrize(("name", "number"), [("lambda", 1.0), ("ridge", -1.0), ("neighbors", 1.5)])
def test_numbers_that_a_method_cannot_take_are_refused(name: str, number: float) -> None:
    with pytest.raises(WrongParameter, match=name):
        with_parameters(LocalEase(), {name: number})


@pytest.mark.parametrize("name", NAMES)
def test_a_method_is_known_by_its_name_and_its_numbers(name: str) -> None:
    method = method_for(name, 1)
    assert name == method.name
    assert all(isinstance(number, int | float) for number in method.parameters.values())
