"""What the drivers' exceptions mean."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from recommendations.errors import DatabaseUnavailable, Unavailability

_SQLITE = {
    sqlite3.SQLITE_BUSY: Unavailability.BUSY,
    sqlite3.SQLITE_LOCKED: Unavailability.BUSY,
    sqlite3.SQLITE_FULL: Unavailability.FULL,
    sqlite3.SQLITE_CANTOPEN: Unavailability.UNREACHABLE,
    sqlite3.SQLITE_INTERRUPT: Unavailability.TOO_SLOW,
}
_POSTGRESQL = {
    "53100": Unavailability.FULL,  # disk_full
    "53300": Unavailability.BUSY,  # too_many_connections
    "55P03": Unavailability.BUSY,  # lock_not_available
    "40001": Unavailability.BUSY,  # serialization_failure
    "40P01": Unavailability.BUSY,  # deadlock_detected
    "57014": Unavailability.TOO_SLOW,  # query_canceled: statement_timeout
    "57P01": Unavailability.UNREACHABLE,  # admin_shutdown
    "57P02": Unavailability.UNREACHABLE,  # crash_shutdown
    "57P03": Unavailability.UNREACHABLE,  # cannot_connect_now
}


def unavailable(error: SQLAlchemyError, *, too_slow: bool) -> DatabaseUnavailable:
    """Say in which way the database failed.

    too_slow: whether we ended it, for its time was over.
    """
    original = error.orig if isinstance(error, DBAPIError) else None
    text = " ".join(str(original or error).split())
    if too_slow:
        return DatabaseUnavailable(Unavailability.TOO_SLOW, f"its time was over: {text}")
    if isinstance(error, NoFreeConnection):
        return DatabaseUnavailable(Unavailability.BUSY, "all connections are in use")
    return DatabaseUnavailable(_how(error, original), text)


def _how(error: SQLAlchemyError, original: BaseException | None) -> Unavailability:
    if isinstance(original, sqlite3.Error):
        # The low byte is the code, the others say more of it.
        return _SQLITE.get(getattr(original, "sqlite_errorcode", 0) & 0xFF, Unavailability.FAILED)
    state: str | None = getattr(original, "sqlstate", None)
    if state is not None:
        lost = state.startswith("08")
        return _POSTGRESQL.get(state, Unavailability.UNREACHABLE if lost else Unavailability.FAILED)
    # libpq knows no state where nobody answered, or where the connection broke.
    alone = isinstance(error, OperationalError)
    return Unavailability.UNREACHABLE if alone else Unavailability.FAILED
