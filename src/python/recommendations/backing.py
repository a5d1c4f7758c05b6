"""Where the service has its books from, and where it keeps what readers do."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from structlog.typing import FilteringBoundLogger

from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default, read_catalog
from recommendations.current import Current
from recommendations.reader_histories import ReaderHistories
from recommendations.readers import Interactions, NoInteractions
from recommendations.search_index import SearchIndex
from recommendations.settings import RecommendationsSettings
from recommendations.shop import Shop
from recommendations.storage.default_file import NoStateFolder, default_file
from recommendations.storage.settings import NONE

if TYPE_CHECKING:
    from recommendations.storage.database import Database


class Backing(Struct, frozen=True):
    """What the service works with.

    database: None where there is none.
    prepare: what the database needs before it is read.
    """

    shops: Current[Shop]
    interactions: Interactions
    histories: ReaderHistories = field(default_factory=ReaderHistories)
    database: "Database | None" = None
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
    url = settings.database_url.text if settings.database_url else None
    if url == NONE:
        return _read(load_default(), "default", log)
    seconds = settings.database_timeout_seconds
    # Loaded only where there is a database: it takes SQLAlchemy, which is large.
    if url is not None:
        from recommendations.database_backing import named_database

        return named_database(url, seconds, log)
    try:
        file = default_file(environ)
    except NoStateFolder as error:
        log.warning("no database: nothing that readers do is kept", why=str(error))
        return _read(load_default(), "default", log)
    from recommendations.database_backing import default_database

    return default_database(file, seconds, log)


def _read(catalog: Catalog, source: str, log: FilteringBoundLogger) -> Backing:
    log.info("catalogue read", file=source, books=len(catalog))
    return in_memory(catalog)
