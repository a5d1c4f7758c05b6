"""Who the other side is, by the certificate that it has shown."""

from collections.abc import Iterable, Mapping

AuthContext = Mapping[str, Iterable[bytes]]
"""What gRPC knows about a connection: `ServicerContext.auth_context()`."""


def identities(auth: AuthContext, *, common_name: bool = False) -> tuple[str, ...]:
    """Give the names of the other side, which gRPC has verified; () if it has shown none.

    They are written as in TLS_ALLOWED_PEERS: `spiffe://domain/path`, as it is in the certificate,
    and `dns:name` in lower case. Subject alternative names of other kinds, such as addresses, say
    where somebody is rather than who, and are left out.

    common_name: whether a certificate without any of these counts as `cn:common name`. It has not
        been a place for identities since RFC 2818 (2000), but old authorities know no other.
    """
    # Kinds are told apart by the field that they are in, never by how a name looks: what an
    # authority lets somebody put into a DNS name must not pass for a SPIFFE id.
    found = [_text(each) for each in auth.get("peer_spiffe_id", ())]
    found += [f"dns:{_text(each).lower()}" for each in auth.get("peer_dns", ())]
    if not found and common_name:
        found = [f"cn:{_text(each)}" for each in auth.get("x509_common_name", ())]
    return tuple(found)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
