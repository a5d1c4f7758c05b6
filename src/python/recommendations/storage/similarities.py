"""Learned models in a database; see `learning.ports.SimilarityStore`."""

import sys
from array import array
from itertools import islice

from sqlalchemy import Connection, delete, insert, select

from recommendations.learning.model import LearnedModel, ModelInfo
from recommendations.storage.database import Database
from recommendations.storage.tables import LearnedBookRow
from recommendations.storage.tables import ModelRow as StoredModel

KEPT_MODELS = 3
"""How many models are kept; the version before is at hand when the latest proves bad."""
_BATCH = 500
"""How many books are written or read at once; so few are in the cache until they are copied."""


class SqlSimilarityStore:
    """Keeps models in the tables `models` and `learned_books`.

    seconds: how long writing or reading one may take; a million books take half a minute.
    """

    def __init__(self, database: Database, seconds: float = 300.0) -> None:
        self._database = database
        self._seconds = seconds

    def write(self, model: LearnedModel) -> int:
        """See `SimilarityStore`. Raises DatabaseUnavailable, and then has kept nothing."""
        info = model.info
        with self._database.writing(self._seconds) as connection:
            version = connection.execute(
                insert(StoredModel).returning(StoredModel.version),
                {
                    "method": info.method,
                    "parameters": dict(info.parameters),
                    "seed": info.seed,
                    "trained_at": info.trained_at,
                    "readers": info.readers,
                    "interactions": info.interactions,
                },
            ).scalar_one()
            rows = model.rows()
            while batch := list(islice(rows, _BATCH)):
                connection.execute(
                    insert(LearnedBookRow),
                    [
                        {
                            "model_version": version,
                            "book_id": row.book_id,
                            "readers": row.readers,
                            "similar": _bytes(row.similar),
                            "scores": _bytes(row.scores),
                        }
                        for row in batch
                    ],
                )
            kept = select(StoredModel.version).order_by(StoredModel.version.desc())
            oldest_kept = connection.execute(kept.limit(KEPT_MODELS)).scalars().all()[-1]
            connection.execute(delete(StoredModel).where(StoredModel.version < oldest_kept))
        return version

    def read_latest(self) -> LearnedModel | None:
        """See `SimilarityStore`. Raises DatabaseUnavailable."""
        with self._database.reading(self._seconds) as connection:
            version = latest_version(connection)
            return None if version is None else read_model(connection, version)


def latest_version(connection: Connection) -> int | None:
    """Give the version of the latest model, or None where there is none."""
    latest = select(StoredModel.version).order_by(StoredModel.version.desc()).limit(1)
    return connection.execute(latest).scalar()


def read_model(connection: Connection, version: int) -> LearnedModel:
    """Read a model that is there."""
    row = connection.execute(
        select(StoredModel.__table__).where(StoredModel.version == version)
    ).one()
    info = ModelInfo(
        method=row.method,
        parameters=row.parameters,
        seed=row.seed,
        trained_at=row.trained_at,
        readers=row.readers,
        interactions=row.interactions,
    )
    of_version = (
        select(
            LearnedBookRow.book_id,
            LearnedBookRow.readers,
            LearnedBookRow.similar,
            LearnedBookRow.scores,
        )
        .where(LearnedBookRow.model_version == version)
        .order_by(LearnedBookRow.book_id)
        .execution_options(yield_per=_BATCH)
    )
    rows = connection.execute(of_version)
    return LearnedModel.from_bytes(info, rows, byteorder="little")


def _bytes(numbers: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "little":
        return numbers.tobytes()
    swapped = numbers[:]
    swapped.byteswap()
    return swapped.tobytes()
