import struct
from array import array
from datetime import UTC, datetime
from typing import Literal

import pytest

from recommendations.learning.model import LearnedModel, ModelInfo, ModelRow

INFO = ModelInfo("ease", {"lambda": 100.0}, 1, datetime(2026, 1, 1, tzinfo=UTC), 3, 5)
ROWS = [
    ModelRow(2, 3, array("i", [9, 5]), array("f", [0.5, 0.25])),
    ModelRow(5, 1, array("i"), array("f")),
    ModelRow(9, 2, array("i", [2]), array("f", [0.75])),
]


def test_a_model_gives_back_the_rows_that_it_was_made_of() -> None:
    assert ROWS == list(LearnedModel.from_rows(INFO, ROWS).rows())


@pytest.mark.parametrize("byteorder", ["little", "big"])
def test_bytes_are_read_in_either_order(byteorder: Literal["little", "big"]) -> None:
    """A database has them in one order, whatever that of the machine is."""
    sign = "<" if byteorder == "little" else ">"
    rows = [
        (
            row.book_id,
            row.readers,
            struct.pack(f"{sign}{len(row.similar)}i", *row.similar),
            struct.pack(f"{sign}{len(row.scores)}f", *row.scores),
        )
        for row in ROWS
    ]
    assert ROWS == list(LearnedModel.from_bytes(INFO, rows, byteorder=byteorder).rows())


@pytest.mark.parametrize("row", ROWS)
def test_a_book_is_found_by_its_id(row: ModelRow) -> None:
    assert list(row.similar) == list(LearnedModel.from_rows(INFO, ROWS).similar_to(row.book_id))


@pytest.mark.parametrize("book_id", [1, 3, 10])
def test_nothing_is_similar_to_a_book_that_nobody_chose(book_id: int) -> None:
    assert [] == list(LearnedModel.from_rows(INFO, ROWS).similar_to(book_id))


def test_a_model_may_know_no_book() -> None:
    model = LearnedModel.from_rows(INFO, [])
    assert 0 == len(model)
    assert [] == list(model.similar_to(1))


def test_rows_must_ascend() -> None:
    """Or a book could not be found."""
    with pytest.raises(ValueError, match="book ids must ascend"):
        LearnedModel.from_rows(INFO, [ROWS[1], ROWS[0]])
    with pytest.raises(ValueError, match="book ids must ascend"):
        LearnedModel.from_rows(INFO, [ROWS[0], ROWS[0]])


def test_similar_books_and_scores_must_fit_together() -> None:
    row = ModelRow(2, 3, array("i", [9, 5]), array("f", [0.5]))
    with pytest.raises(ValueError, match="must end where starts says"):
        LearnedModel.from_rows(INFO, [row])


def test_each_book_must_have_its_popularity() -> None:
    with pytest.raises(ValueError, match="something of each book"):
        LearnedModel(
            INFO,
            book_ids=array("i", [1]),
            readers=array("i"),
            starts=array("q", [0, 0]),
            similar=array("i"),
            scores=array("f"),
        )
