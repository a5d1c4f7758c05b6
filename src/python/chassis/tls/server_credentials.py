"""Credentials of servers, on threads and on asyncio alike."""

from typing import Any, Protocol

import grpc

from chassis.tls.certificates import Credentials


class CredentialsSource(Protocol):
    """Has the credentials to use: `chassis.tls.store.CertificateStore`, or a substitute."""

    @property
    def current(self) -> Credentials:
        """The credentials at this moment, from any thread."""


def server_credentials(
    source: CredentialsSource, *, require_client: bool
) -> grpc.ServerCredentials:
    """Make credentials that follow a source: each handshake uses what it has at that time.

    require_client: whether clients must show a certificate that the authorities vouch for. gRPC
        knows no third way for Python, such as asking for one without insisting.

    TLS 1.2 is the oldest version that gRPC accepts. Connections outlive a change: how long they
    may is the server's `max_connection_age`. The credentials are good for one port.

    Raises ValueError if there is no certificate of our own, or has no authorities although
    clients must show theirs.
    """
    served = source.current
    first = _configuration(served)
    if require_client and served.pem.authorities is None:
        raise ValueError("clients cannot be verified without authorities")

    def changed() -> Any:  # None for no change, of which the type stubs do not know.
        # Called within each handshake, on a thread of gRPC's own: it must be quick and not raise.
        nonlocal served
        current = source.current
        if current is served:
            return None
        served = current
        return _configuration(current)

    return grpc.dynamic_ssl_server_credentials(first, changed, require_client)


def _configuration(credentials: Credentials) -> grpc.ServerCertificateConfiguration:
    pem = credentials.pem
    if pem.certificate is None or pem.key is None:
        raise ValueError("a server needs a certificate and its key")
    pair = (pem.key, pem.certificate)
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=pem.authorities)
