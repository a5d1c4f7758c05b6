"""SQLAlchemy engines for the two databases, each with the settings that it needs to be safe."""

import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event

_APPLICATION = "recommendations"
_POLL_SECONDS = 0.01


def new_engine(url: URL, timeout_seconds: float, connections: int, *, create: bool) -> Engine:
    """Make an engine; see `database.Database`. Raises ValueError for any other database."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, timeout_seconds, create=create)
    if url.get_backend_name() == "postgresql":
        return _postgresql(url, timeout_seconds, connections)
    raise ValueError(f"{url.get_backend_name()} is neither sqlite nor postgresql")


def _sqlite(url: URL, timeout_seconds: float, *, create: bool) -> Engine:
    mode = "rwc" if create else "rw"
    engine = create_engine(
        url.set(database=f"file:{url.database}", query={"uri": "true", "mode": mode}),
        # A file that was moved away or replaced is noticed, and no connection crosses threads.
        poolclass=NullPool,
        connect_args={"timeout": timeout_seconds},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        # Transactions begin where we say, not where the driver thinks.
        connection.isolation_level = None
        if create:
            _write_ahead(connection, timeout_seconds)
        for pragma in ("foreign_keys = ON", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Whoever is going to write waits in line at once: one that has read before it writes is
        # turned away when another has written meanwhile.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(connection: sqlite3.Connection, timeout_seconds: float) -> None:
    """Let readers and the one who writes not wait for each other: of the file, and for good."""
    end = time.monotonic() + timeout_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Of several who switch at once SQLite turns some away, whatever its own timeout.
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > end:
                raise
            time.sleep(_POLL_SECONDS)


def _postgresql(url: URL, timeout_seconds: float, connections: int) -> Engine:
    import psycopg  # Whoever has a file need not load it.

    milliseconds = round(timeout_seconds * 1000)
    return create_engine(
        url,
        module=psycopg,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=timeout_seconds,
        pool_use_lifo=True,
        pool_recycle=1800,
        connect_args={
            # libpq takes whole seconds, two at least.
            "connect_timeout": max(2, round(timeout_seconds)),
            "application_name": _APPLICATION,
            "options": f"-c lock_timeout={milliseconds} -c timezone=UTC"
            " -c idle_in_transaction_session_timeout=60000",
            "tcp_user_timeout": milliseconds,
            "keepalives_idle": 30,
        },
    )
