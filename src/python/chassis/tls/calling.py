"""TLS of a service that calls others, as its composition root needs it."""

from collections.abc import Callable

import grpc
from structlog.typing import FilteringBoundLogger

from chassis.tls.settings import TlsClientSettings
from chassis.tls.store import CertificateStore, ReloadObserver
from chassis.tls.swapping_channel import SwappingChannel


class ClientTls:
    """Opens channels with the credentials that the settings ask for.

    The constructor reads the certificates, and raises CertificateError. It starts nothing, so it
    may be called before a fork, and `open` after it: as `chassis.channel.ProcessChannel` does.
    """

    def __init__(
        self, settings: TlsClientSettings, observer: ReloadObserver, log: FilteringBoundLogger
    ) -> None:
        files = settings.certificate_files
        self._store = CertificateStore(files, observer, log) if files else None
        self._seconds = settings.tls_reload_seconds
        self._log = log

    def open(
        self, connect: Callable[[grpc.ChannelCredentials | None], grpc.Channel]
    ) -> grpc.Channel:
        """Open a channel that follows the certificates, or a plain one without any.

        connect: makes a channel with credentials, None for plain text.
        """
        if self._store is None:
            return connect(None)
        return SwappingChannel(connect, self._store, self._log, self._seconds)
