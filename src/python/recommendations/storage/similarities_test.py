"""Learned models in both databases."""

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import chain

import pytest
from sqlalchemy import func, select

from recommendations.errors import DatabaseUnavailable
from recommendations.learning.model import LearnedModel, ModelInfo, ModelRow
from recommendations.storage.database import Database
from recommendations.storage.similarities import KEPT_MODELS, SqlSimilarityStore
from recommendations.storage.tables import LearnedBookRow

ROWS = [
    ModelRow(2, 3, array("i", [9, 5]), array("f", [0.5, 0.25])),
    ModelRow(5, 1, array("i"), array("f")),
    ModelRow(2**31 - 1, 2, array("i", [2]), array("f", [1e-30])),
]


def model(number: int, rows: list[ModelRow] | None = None) -> LearnedModel:
    trained = datetime(2026, 1, number, 5, tzinfo=timezone(timedelta(hours=2)))
    info = ModelInfo("ease", {"lambda": 100.0}, number, trained, 3, 2**40)
    return LearnedModel.from_rows(info, ROWS if rows is None else rows)


class Twice(LearnedModel):
    """A model that says everything twice, which no database takes."""

    def rows(self) -> Iterator[ModelRow]:
        return chain(super().rows(), super().rows())


@pytest.fixture()
def store(database: Database) -> SqlSimilarityStore:
    return SqlSimilarityStore(database)


def test_where_nothing_was_learned_there_is_no_model(store: SqlSimilarityStore) -> None:
    assert store.read_latest() is None


def test_a_model_comes_back_as_it_was_written(store: SqlSimilarityStore) -> None:
    store.write(model(1))
    read = store.read_latest()
    assert read is not None
    assert ROWS == list(read.rows())
    assert model(1).info == read.info
    assert UTC == read.info.trained_at.tzinfo


def test_the_latest_is_read_and_the_last_three_are_kept(
    store: SqlSimilarityStore, database: Database
) -> None:
    versions = [store.write(model(number)) for number in range(1, 6)]
    assert sorted(set(versions)) == versions
    read = store.read_latest()
    assert read is not None
    assert 5 == read.info.seed
    with database.reading() as connection:
        kept = set(connection.execute(select(LearnedBookRow.model_version)).scalars())
    assert set(versions[-KEPT_MODELS:]) == kept


def test_a_model_that_fails_halfway_leaves_the_former(
    store: SqlSimilarityStore, database: Database
) -> None:
    store.write(model(1))
    with pytest.raises(DatabaseUnavailable):
        store.write(Twice.from_rows(model(2).info, ROWS))
    read = store.read_latest()
    assert read is not None
    assert 1 == read.info.seed
    with database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(LearnedBookRow)).scalar()
    assert len(ROWS) == count


def test_a_model_of_more_than_one_batch_is_whole(store: SqlSimilarityStore) -> None:
    rows = [ModelRow(n, n, array("i", [n + 1]), array("f", [0.5])) for n in range(1, 12_001)]
    store.write(model(1, rows))
    read = store.read_latest()
    assert read is not None
    assert rows == list(read.rows())
