"""A thread that looks at certificate files from time to time."""

import threading
from collections.abc import Callable
from types import TracebackType

from structlog.typing import FilteringBoundLogger


class Watch:
    """While entered, calls `look` at once and then every `seconds`, on a daemon thread.

    A thread rather than a look at each handshake: an expiring or refused certificate must show
    without anyone connecting, a slow disk must not hold up gRPC's own threads, and clients, whose
    connections last, have no handshakes to look at.

    A fork leaves the thread behind, so enter it in the process that uses it.
    """

    def __init__(self, look: Callable[[], None], seconds: float, log: FilteringBoundLogger) -> None:
        self._look = look
        self._seconds = seconds
        self._log = log
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tls-watch", daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop looking, and wait for a look in progress. May be called again."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._look()
            except Exception:
                self._log.exception("looking at certificates failed")
            self._stopped.wait(self._seconds)
