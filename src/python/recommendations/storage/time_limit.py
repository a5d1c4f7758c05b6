"""A limit on how long a connection may be used, kept also when the other side says nothing."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

_MARGIN_SECONDS = 0.25
"""How much earlier a server may end a statement: that leaves the connection whole."""

_AGAIN_SECONDS = 0.05


class TimeLimit:
    """Ends what waits on a connection, after some seconds.

    The server's own limit ends what it works at. A server that has stopped, or a network that
    swallows everything, ends nothing: there the socket is shut down under whoever waits. SQLite
    ends what runs at that moment, and nothing that begins later, so it is told again and again.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether the limit was reached."""
        return self._over.is_set()

    @contextmanager
    def on(self, connection: Connection) -> Iterator[None]:
        """Keep the limit while the block runs."""
        driver: Any = connection.connection.driver_connection
        is_sqlite = connection.dialect.name == "sqlite"
        margin = 0.0 if is_sqlite else _MARGIN_SECONDS
        done = threading.Event()

        def end() -> None:
            wait = self._seconds + margin
            while not done.wait(wait):
                self._end(driver, is_sqlite)
                if not is_sqlite:
                    return
                wait = _AGAIN_SECONDS

        threading.Thread(target=end, name="database-time-limit", daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def tell(self, connection: Connection) -> None:
        """Let the server of a transaction end statements by itself, if it can."""
        if connection.dialect.name == "postgresql":
            milliseconds = max(1, round(self._seconds * 1000))
            connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))

    def _end(self, driver: Any, is_sqlite: bool) -> None:
        self._over.set()
        with contextlib.suppress(Exception):  # It may be closed by now.
            if is_sqlite:
                driver.interrupt()
            else:
                _shut_down(driver.pgconn.socket)


def _shut_down(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)
