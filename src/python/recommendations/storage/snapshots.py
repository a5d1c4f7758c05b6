"""Copies in memory of what the database knows of books."""

from dataclasses import dataclass

from chassis.garbage import making_much
from recommendations.catalog import Catalog
from recommendations.errors import DatabaseUnavailable, Unavailability
from recommendations.learning.model import LearnedModel
from recommendations.storage.books import read_books
from recommendations.storage.changes import changes
from recommendations.storage.database import Database
from recommendations.storage.schema import check_schema
from recommendations.storage.similarities import latest_version, read_model
from recommendations.storage.tables import CATALOGUE


@dataclass(frozen=True, slots=True)
class Version:
    """By which two snapshots are told apart: the changes of the books, the version of the model."""

    catalogue: int
    model: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the books and of what was learned of them. Immutable."""

    version: Version
    catalog: Catalog
    model: LearnedModel | None


class SnapshotReader:
    """Reads snapshots.

    seconds: how long reading one may take; a million books take about ten.
    """

    def __init__(self, database: Database, seconds: float = 120.0) -> None:
        self._database = database
        self._seconds = seconds

    def newer_than(self, former: Snapshot | None) -> Snapshot | None:
        """Give the present state, or None if `former` is it, which costs next to nothing.

        What has not changed is taken from the former one. Raises StorageError: DatabaseUnavailable,
        also where there are no books, or SchemaMismatch.
        """
        with self._database.reading() as connection:
            check_schema(connection)
            counts = changes(connection)
            version = Version(counts[CATALOGUE], latest_version(connection))
        if former is not None and former.version == version:
            return None
        with making_much():
            return self._read(former)

    def _read(self, former: Snapshot | None) -> Snapshot:
        with self._database.reading(self._seconds) as connection:
            # Once more: this is another state of the data.
            version = Version(changes(connection)[CATALOGUE], latest_version(connection))
            if former is not None and former.version.catalogue == version.catalogue:
                catalog = former.catalog
            else:
                known = (former.catalog if former else Catalog([])).get
                catalog = Catalog(read_books(connection, known))
            if former is not None and former.version.model == version.model:
                model = former.model
            elif version.model is None:
                model = None
            else:
                model = read_model(connection, version.model)
        if not len(catalog):
            no_books = "the database has no books: run `recommendations import`"
            raise DatabaseUnavailable(Unavailability.NO_BOOKS, no_books)
        return Snapshot(version, catalog, model)
