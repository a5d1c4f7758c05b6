from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from recommendations.learning import evaluation
from recommendations.learning.arrays import Ints, Matrix
from recommendations.learning.evaluation import NOTHING, PLACES, Scores, evaluate, mean
from recommendations.learning.marks import Marks
from recommendations.learning.rankings import AtRandom, Learned, MostPopular
from recommendations.learning.split import Split


class Fixed:
    """Recommends what it was told, by the book that a reader is known to have chosen."""

    def __init__(self, books_by_known: dict[int, list[int]]) -> None:
        self._books = books_by_known

    def rank(self, known: Matrix) -> Ints:
        rows = [self._books[book] for book in known.indices.tolist()]
        return np.array([row + [NOTHING] * (PLACES - len(row)) for row in rows])


def split_of(known: list[int], held_back: list[int], books: int) -> Split:
    """Readers who are each known to have chosen one book, and of whom one is held back."""
    readers = np.arange(len(known))
    marks = Marks(readers, np.array(known), readers, readers, np.arange(books))
    return Split(marks, readers, np.array(held_back))


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_scores_are_what_their_definitions_say(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four readers one finds the book first, one third, one not, one gets no books at all."""
    monkeypatch.setattr(evaluation, "READERS_AT_ONCE", at_once)
    split = split_of(known=[0, 1, 2, 3], held_back=[5, 6, 7, 8], books=20)
    ranking = Fixed({0: [5, 9], 1: [9, 5, 6], 2: [8, 9], 3: []})

    scores = evaluate(ranking, split)

    assert 0.5 == scores.hit_rate == scores.recall
    assert (1 + 0.5) / 4 == scores.ndcg
    assert 4 / 20 == scores.coverage


def test_nobody_to_recommend_to_scores_nothing() -> None:
    assert Scores(0, 0, 0, 0) == evaluate(Fixed({}), split_of([], [], 5))


def test_a_mean_is_taken_of_each_number() -> None:
    assert Scores(0.5, 0.25, 1, 0) == mean([Scores(0, 0, 1, 0), Scores(1, 0.5, 1, 0)])


def known(*rows: list[int], books: int) -> Any:
    matrix = np.zeros((len(rows), books))
    for row, chosen in enumerate(rows):
        matrix[row, chosen] = 1
    return csr_array(matrix)


def test_the_most_popular_books_come_first_without_those_that_a_reader_knows() -> None:
    readers = np.arange(20) * 10
    ranked = MostPopular(readers).rank(known([19, 17], [], books=20))
    assert [18, 16, 15, 14, 13, 12, 11, 10, 9, 8] == ranked[0].tolist()
    assert [19, 18, 17, 16, 15, 14, 13, 12, 11, 10] == ranked[1].tolist()


@pytest.mark.parametrize("ranking", [MostPopular(np.arange(5)), AtRandom(5, 1)])
def test_where_there_are_too_few_books_places_stay_empty(ranking: Any) -> None:
    ranked = ranking.rank(known([1, 2], books=5))
    assert {0, 3, 4} == set(ranked[0, :3].tolist())
    assert {NOTHING} == set(ranked[0, 3:].tolist())


def test_random_books_are_distinct_unknown_and_under_a_seed() -> None:
    chosen = known(*([0, 1, 2] for _ in range(300)), books=30)
    ranked = AtRandom(30, 1).rank(chosen)
    assert all(PLACES == len(set(row)) for row in ranked.tolist())
    assert set(range(3, 30)) == set(ranked.ravel().tolist())
    assert ranked.tolist() == AtRandom(30, 1).rank(chosen).tolist()
    assert ranked.tolist() != AtRandom(30, 2).rank(chosen).tolist()


def test_what_chosen_books_say_is_added_up_and_popular_books_follow() -> None:
    """Book 9 is told of twice, 8 once and louder than either, and 1 is known."""
    similar = np.zeros((20, 20), np.float32)
    similar[0, [8, 9, 1]] = 0.5, 0.4, 0.9
    similar[1, 9] = 0.3
    popular = MostPopular(20 - np.arange(20))

    ranked = Learned(csr_array(similar), popular).rank(known([0, 1], [5], books=20))

    assert [9, 8, 2, 3, 4, 5, 6, 7, 10, 11] == ranked[0].tolist()
    assert [0, 1, 2, 3, 4, 6, 7, 8, 9, 10] == ranked[1].tolist()
