"""Connections to a database, SQLite or PostgreSQL, with a bound on everything that waits."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from recommendations.storage.engines import new_engine
from recommendations.storage.failures import unavailable
from recommendations.storage.settings import MAX_CONNECTIONS
from recommendations.storage.time_limit import TimeLimit


class Database:
    """A database that may be slow, away or full at any time. Opens nothing before it is asked.

    url: `sqlite:///…` with an existing file, or `postgresql+psycopg://…`.
    timeout_seconds: the limit of a block whose caller names none, and of getting a connection.

    Safe for use from several threads, not across a fork.
    """

    def __init__(
        self,
        url: URL | str,
        timeout_seconds: float = 2.0,
        *,
        connections: int = MAX_CONNECTIONS,
        create: bool = False,
    ) -> None:
        """Take `create` to let SQLite make its file."""
        self.url = make_url(url)
        self.timeout_seconds = timeout_seconds
        self._engine: Engine = new_engine(self.url, timeout_seconds, connections, create=create)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self, seconds: float | None = None) -> Iterator[Connection]:
        """Read one state of the data: what others change meanwhile is not seen.

        Raises DatabaseUnavailable, also when the block takes longer than `seconds`.
        """
        with self._transaction(seconds, isolation_level="REPEATABLE READ", read_only=True) as it:
            yield it

    @contextmanager
    def writing(self, seconds: float | None = None) -> Iterator[Connection]:
        """Change the data: all of the block or nothing, kept for good when the block has ended.

        Raises DatabaseUnavailable, also when the block takes longer than `seconds`. It then cannot
        tell whether the change was kept.
        """
        with self._transaction(seconds, isolation_level="READ COMMITTED", read_only=False) as it:
            yield it

    def close(self) -> None:
        """Let the connections go that nobody uses."""
        self._engine.dispose()

    @contextmanager
    def _transaction(
        self, seconds: float | None, *, isolation_level: str, read_only: bool
    ) -> Iterator[Connection]:
        limit = TimeLimit(self.timeout_seconds if seconds is None else seconds)
        try:
            with self._engine.connect() as connection:
                if self.is_sqlite:
                    connection.execution_options(writes=not read_only)
                else:
                    connection.execution_options(
                        isolation_level=isolation_level, postgresql_readonly=read_only
                    )
                with limit.on(connection), connection.begin():
                    limit.tell(connection)
                    yield connection
        except SQLAlchemyError as error:
            raise unavailable(error, too_slow=limit.is_over) from error
