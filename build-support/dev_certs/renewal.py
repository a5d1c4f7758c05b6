"""Which certificates there are for development, and when each is made anew."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from chassis.testing.certificates import Authority, KeyPair, Lifetime
from dev_certs.folder import SecretFolder

SERVICES = ("marketplace", "recommendations")
TRUST_DOMAIN = "onlinebooks.internal"
AUTHORITY_LIFETIME = timedelta(days=365)

_LOCAL = ("localhost", "127.0.0.1", "::1")
_SKEW = timedelta(minutes=5)


class UnreadableAuthority(Exception):
    """Files of an authority that cannot be used. The text says what helps, in one line."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What was done.

    authority_is_new: whether the authority was made just now.
    authority_end, end: when it, and the services' certificates, expire.
    """

    authority_is_new: bool
    authority_end: datetime
    end: datetime


def names_of(service: str) -> tuple[str, ...]:
    """Give what a service's certificate stands for: its SPIFFE id, its name, and this machine."""
    return (f"spiffe://{TRUST_DOMAIN}/{service}", service, *_LOCAL)


def renew(folder: SecretFolder, lifetime: timedelta, now: datetime, *, force: bool) -> Renewed:
    """Make new certificates for every service, and an authority if there is none that lasts.

    An authority that would expire before the certificates is succeeded by another. Services trust
    both until the former expires, so those that run can take up one file after the other. With
    `force` there is a new authority in any case, and no other is trusted.

    Raises UnreadableAuthority and UnusableFolder.
    """
    end = now + lifetime
    authority, former = (None, b"") if force else _read(folder, now)
    is_new = authority is None or authority.lifetime.end < end
    if authority is None or is_new:
        former = former if authority is None else authority.pem.certificate + former
        authority = _create(now)
        folder.write("ca.key", authority.pem.key)
    trusted = authority.pem.certificate + former
    for name in ("ca.crt", *(f"{service}/ca.crt" for service in SERVICES)):
        folder.write(name, trusted)
    for service in SERVICES:
        pair = authority.issue(*names_of(service), lifetime=Lifetime(now - _SKEW, end))
        folder.write(f"{service}/tls.key", pair.key)
        folder.write(f"{service}/tls.crt", pair.certificate)
    return Renewed(is_new, authority.lifetime.end, end)


def _create(now: datetime) -> Authority:
    name = f"Online Books development CA, {now:%Y-%m-%d}"
    return Authority.create(name, Lifetime(now - _SKEW, now + AUTHORITY_LIFETIME))


def _read(folder: SecretFolder, now: datetime) -> tuple[Authority | None, bytes]:
    """Give the authority, and the certificates of former ones that are still valid."""
    key, trusted = folder.read("ca.key"), folder.read("ca.crt")
    if key is None and trusted is None:
        return None, b""
    try:
        own, *former = x509.load_pem_x509_certificates(trusted or b"")
        authority = Authority(KeyPair(own.public_bytes(Encoding.PEM), key or b""))
    except ValueError:
        raise UnreadableAuthority(
            f"{folder.path}: ca.key and ca.crt are damaged or do not fit; --force makes new ones"
        ) from None
    valid = [each for each in former if each.not_valid_after_utc > now]
    return authority, b"".join(each.public_bytes(Encoding.PEM) for each in valid)
