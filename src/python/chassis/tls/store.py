"""The credentials in use, kept up to date with their files."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from chassis.tls.certificates import CertificateError, CertificateFiles, Credentials, Pem


class ReloadObserver(Protocol):
    """Is told what became of certificates; see `chassis.tls.metrics`."""

    def in_use(self, not_after: datetime) -> None:
        """Note when the certificate in use expires. Told again and again."""

    def accepted(self) -> None:
        """Count files that took the place of others."""

    def rejected(self) -> None:
        """Count files that did not, for they were wrong."""


def utc_now() -> datetime:
    """Give the time, with its zone."""
    return datetime.now(UTC)


class CertificateStore:
    """Holds credentials, and takes up new ones when files change.

    What counts is what the files hold: it is read each time, a few kilobytes, rather than guessed
    from timestamps or links. That works with files that are rewritten in place or replaced, and
    with the folders of Kubernetes, where a link swaps all files at once.

    The constructor reads the files and raises CertificateError. It starts nothing, so a store may
    be made before a fork; whoever calls `refresh` starts after it.
    """

    def __init__(
        self,
        files: CertificateFiles,
        observer: ReloadObserver,
        log: FilteringBoundLogger,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._files = files
        self._observer = observer
        self._log = log
        self._clock = clock
        self._current = files.check(files.read(), clock())
        self._lock = Lock()
        self._refused: tuple[Pem | None, tuple[str, ...]] | None = None

    @property
    def current(self) -> Credentials:
        """The credentials to use, from any thread."""
        return self._current

    def refresh(self) -> None:
        """Look at the files. Does not raise.

        Wrong files leave the old credentials in use, and are counted and logged once for each state
        that they are in. They are tried again each time: what is not valid yet will be.
        """
        with self._lock:
            self._refresh()

    def _refresh(self) -> None:
        pem: Pem | None = None
        try:
            pem = self._files.read()
            if pem == self._current.pem:
                self._refused = None
            elif pem == self._files.read():  # Else it is being written: the next look will tell.
                self._current = self._files.check(pem, self._clock())
                self._refused = None
                self._observer.accepted()
                self._log.info("certificates reloaded", not_after=_text(self._current.not_after))
        except CertificateError as error:
            if self._refused != (pem, error.problems):
                self._refused = (pem, error.problems)
                self._observer.rejected()
                self._log.error(
                    "certificates refused, the former stay in use",
                    problems=error.problems,
                    not_after=_text(self._current.not_after),
                )
        if self._current.not_after is not None:
            self._observer.in_use(self._current.not_after)


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
