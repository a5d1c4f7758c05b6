"""Books that come from a database, and a place there for what readers do."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import URL
from structlog.typing import FilteringBoundLogger

from recommendations.backing import Backing
from recommendations.current import Current
from recommendations.errors import DatabaseUnavailable, SchemaMismatch
from recommendations.reader_histories import ReaderHistories
from recommendations.storage.database import Database
from recommendations.storage.database_url import parse_url, url_of_file
from recommendations.storage.first_start import maker, prepare
from recommendations.storage.interactions import SqlInteractions
from recommendations.storage.schema import check_schema


def named_database(url: str, seconds: float, log: FilteringBoundLogger) -> Backing:
    """Open the database that DATABASE_URL names; `seconds` is the most that it may take.

    That it is away is no error here: it may come. Raises SchemaMismatch.
    """
    return _opened(Database(parse_url(url), seconds), None, log)


def default_database(file: Path, seconds: float, log: FilteringBoundLogger) -> Backing:
    """Open this user's own, made and filled where it is not yet. The same otherwise."""
    url: URL = url_of_file(file)
    log.info("database", file=url.database)
    # Only what prepares it may make the file: should it go away, nothing is written to another.
    return _opened(Database(url, seconds), partial(_prepared, maker(url), log), log)


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
