"""Where the service has its books from, and where it keeps what readers do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from structlog.typing import FilteringBoundLogger

from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default, read_catalog
from recommendations.current import Current
from recommendations.errors import DatabaseUnavailable, SchemaMismatch
from recommendations.reader_histories import ReaderHistories
from recommendations.readers import Interactions, NoInteractions
from recommendations.search_index import SearchIndex
from recommendations.settings import RecommendationsSettings
from recommendations.shop import Shop
from recommendations.storage.database import Database
from recommendations.storage.database_url import NONE, NoStateFolder, default_url, parse_url
from recommendations.storage.first_start import maker, prepare
from recommendations.storage.interactions import SqlInteractions
from recommendations.storage.schema import check_schema


@dataclass(frozen=True, slots=True)
class Backing:
    """What the service works with.

    database: None where there is none.
    prepare: what the database needs before it is read.
    """

    shops: Current[Shop]
    interactions: Interactions
    histories: ReaderHistories = field(default_factory=ReaderHistories)
    database: Database | None = None
    prepare: Callable[[], None] | None = None
    index: Current[SearchIndex] = field(default_factory=Current)


def in_memory(catalog: Catalog) -> Backing:
    """Serve a catalogue without a database."""
    shop = Shop(catalog)
    return Backing(Current(shop), NoInteractions(), index=Current(SearchIndex(shop)))


def chosen(
    settings: RecommendationsSettings, environ: Mapping[str, str], log: FilteringBoundLogger
) -> Backing:
    """Open what the settings name. A database that is away is no error here: it may come.

    Raises UnreadableCatalog, or SchemaMismatch.
    """
    if path := settings.catalogue_file:
        return _read(read_catalog(path), str(path), log)
    url = settings.database_url.get_secret_value() if settings.database_url else None
    if url == NONE:
        return _read(load_default(), "default", log)
    if url is not None:
        return _opened(Database(parse_url(url), settings.database_timeout_seconds), None, log)
    try:
        mine = default_url(environ)
    except NoStateFolder as error:
        log.warning("no database: nothing that readers do is kept", why=str(error))
        return _read(load_default(), "default", log)
    log.info("database", file=mine.database)
    # Only what prepares it may make the file: should it go away, nothing is written to another.
    database = Database(mine, settings.database_timeout_seconds)
    return _opened(database, partial(_prepared, maker(mine), log), log)


def _read(catalog: Catalog, source: str, log: FilteringBoundLogger) -> Backing:
    log.info("catalogue read", file=source, books=len(catalog))
    return in_memory(catalog)


def _prepared(database: Database, log: FilteringBoundLogger) -> None:
    if prepare(database):
        log.info("the catalogue that ships was written to the database")


def _opened(
    database: Database, prepare: Callable[[], None] | None, log: FilteringBoundLogger
) -> Backing:
    try:
        if prepare:
            prepare()
        with database.reading() as connection:
            check_schema(connection)
    except SchemaMismatch:
        database.close()
        raise
    except DatabaseUnavailable as error:
        log.warning("the database is not to be had", how=error.how.value, why=str(error))
    else:
        prepare = None
    histories = ReaderHistories()
    interactions = SqlInteractions(database, histories, database.timeout_seconds)
    return Backing(Current(), interactions, histories=histories, database=database, prepare=prepare)
