from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.sparse import csr_array

from recommendations.interaction import Interaction, InteractionKind
from recommendations.learning.arrays import Matrix
from recommendations.learning.cosine import Cosine
from recommendations.learning.local_ease import LocalEase
from recommendations.learning.marks import Marks, read_marks
from recommendations.learning.marks_test import Batches
from recommendations.learning.methods_test import two_tastes
from recommendations.learning.progress import Progress
from recommendations.learning.training import BASELINE, NothingHeldBack, compare, train

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def tasteful_marks() -> Marks:
    """Books have the ids 101 to 180, readers 1 to 300."""
    reader, book = np.nonzero(two_tastes())
    pairs = zip((reader + 1).tolist(), (book + 101).tolist(), strict=True)
    batch = [Interaction(*pair, InteractionKind.VIEWED) for pair in pairs]
    return read_marks(Batches(batch), seed=1)


def test_a_model_says_how_it_came_about() -> None:
    marks = tasteful_marks()
    info = train(marks, Cosine(), seed=7, now=NOW).info
    assert "cosine" == info.method
    assert Cosine().parameters == info.parameters
    assert (7, NOW, 300, len(marks)) == (
        info.seed,
        info.trained_at,
        info.readers,
        info.interactions,
    )


def test_a_model_knows_each_book_that_was_chosen_and_those_like_it() -> None:
    model = train(tasteful_marks(), LocalEase(), seed=7, now=NOW)
    (row,) = (row for row in model.rows() if row.book_id == 105)
    assert 79 == len(model)
    assert row.readers == tasteful_marks().per_book()[4]
    assert all(101 <= book <= 140 for book in row.similar[:10])


def test_what_is_learned_beats_popular_and_random_books_where_readers_have_tastes() -> None:
    scores = compare(tasteful_marks(), [LocalEase(), Cosine()], seeds=[1, 2])
    assert ["random", BASELINE, "local-ease", "cosine"] == list(scores)
    assert scores["local-ease"].hit_rate > 1.5 * scores[BASELINE].hit_rate
    assert scores["cosine"].ndcg > 1.5 * scores["random"].ndcg


class Witness:
    """A method that learns nothing, and tells from how many marks."""

    name = "witness"
    parameters: Mapping[str, float] = {}

    def __init__(self) -> None:
        self.seen: list[Matrix] = []

    def learn(self, matrix: Matrix, progress: Progress) -> Matrix:
        self.seen.append(matrix)
        return csr_array(np.zeros((matrix.shape[1], matrix.shape[1]), np.float32))


def test_what_is_held_back_is_not_learned_from() -> None:
    """Each of 300 readers has a mark held back, another one in each split."""
    witness = Witness()
    compare(tasteful_marks(), [witness], seeds=[1, 2])
    one, other = witness.seen
    fewer = tasteful_marks().per_reader() - 1
    assert fewer.tolist() == np.diff(one.indptr).tolist() == np.diff(other.indptr).tolist()
    assert one.indices.tolist() != other.indices.tolist()


def test_readers_with_few_marks_cannot_be_asked() -> None:
    marks = read_marks(Batches([Interaction(1, 2, InteractionKind.VIEWED)]), seed=1)
    with pytest.raises(NothingHeldBack, match="no reader has 3 marks"):
        compare(marks, [], seeds=[1])
