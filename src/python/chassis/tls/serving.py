"""TLS of a service that listens, as its composition root needs it."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from msgspec import Struct
from structlog.typing import FilteringBoundLogger

from chassis.interceptors.chain import Interceptor
from chassis.interceptors.peer_authorization import PeerAuthorization
from chassis.tls.server_credentials import server_credentials
from chassis.tls.settings import TlsServerSettings
from chassis.tls.store import CertificateStore, ReloadObserver, utc_now
from chassis.tls.watch import Watch


class ServerTls(Struct, frozen=True):
    """What a server is made with.

    credentials: None is plain text.
    interceptors: what authorizes peers, if they are verified; inside of status and access log.
    """

    credentials: grpc.ServerCredentials | None = None
    interceptors: tuple[Interceptor, ...] = ()


PLAIN_TEXT = ServerTls()


def check_certificates(settings: TlsServerSettings) -> None:
    """Raise CertificateError if the settings name files that no service can start with."""
    if files := settings.certificate_files:
        files.check(files.read(), utc_now())


@contextmanager
def server_tls(
    settings: TlsServerSettings, observer: ReloadObserver, log: FilteringBoundLogger
) -> Iterator[ServerTls]:
    """Give what the settings ask for, and watch the files while the block runs.

    Raises CertificateError. The credentials are good for one port.
    """
    files = settings.certificate_files
    if files is None:
        yield PLAIN_TEXT
        return
    store = CertificateStore(files, observer, log)
    credentials = server_credentials(store, require_client=settings.tls_client_auth == "require")
    peers = settings.tls_allowed_peers
    authorization = (
        PeerAuthorization(peers, common_name=settings.tls_common_name) if peers else None
    )
    with Watch(store.refresh, settings.tls_reload_seconds, log):
        yield ServerTls(credentials, (authorization,) if authorization else ())
