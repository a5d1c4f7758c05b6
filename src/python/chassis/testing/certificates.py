"""Certificates for tests and for development: an authority that signs what it is told to."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_SKEW = timedelta(minutes=5)
"""How much slower another machine's clock may be that must already accept the certificate."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From when to when a certificate is valid. Both ends know their time zone."""

    start: datetime
    end: datetime

    @staticmethod
    def from_now(duration: timedelta) -> "Lifetime":
        """Begin a little before now, and last."""
        now = datetime.now(UTC)
        return Lifetime(now - _SKEW, now + duration)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its private key, both in PEM; the key is PKCS #8 and not encrypted."""

    certificate: bytes
    key: bytes = field(repr=False)


class Authority:
    """Signs certificates. Its own is its first `pem.certificate`."""

    def __init__(self, pem: KeyPair) -> None:
        """Take up an authority made before. Raises ValueError if the text is not one's."""
        key = serialization.load_pem_private_key(pem.key, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the key is not an elliptic curve's")
        self.pem = pem
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(pem.certificate)
        if self._certificate.public_key() != key.public_key():
            raise ValueError("the key is not the certificate's")

    @staticmethod
    def create(name: str = "Test CA", lifetime: Lifetime | None = None) -> "Authority":
        """Make a new one, which signs itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _distinguished(name)
        builder = _builder(subject, subject, key, lifetime or _a_day())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_usage(signs_certificates=True), True)
        return Authority(_pem(builder.sign(key, hashes.SHA256()), key))

    @property
    def lifetime(self) -> Lifetime:
        """From when to when its own certificate is valid."""
        own = self._certificate
        return Lifetime(own.not_valid_before_utc, own.not_valid_after_utc)

    def issue(
        self,
        *names: str,
        common_name: str = "",
        lifetime: Lifetime | None = None,
        key: Key | None = None,
    ) -> KeyPair:
        """Make a certificate that is good for servers and for clients.

        names: what it stands for, as subject alternative names. What holds "://" is a URI, what
            reads as an IP address is one, the rest are DNS names.
        lifetime: a day unless given.
        key: a new one on the curve P-256 unless given.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = _builder(
            _distinguished(common_name), self._certificate.subject, key, lifetime or _a_day()
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(_usage(signs_certificates=False), True)
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), False)
        signer = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer.value)
        builder = builder.add_extension(issuer, False)
        if names:
            alternatives = x509.SubjectAlternativeName(_alternatives(names))
            # Without a subject, the names must not be overlooked (RFC 5280, 4.2.1.6).
            builder = builder.add_extension(alternatives, critical=not common_name)
        return _pem(builder.sign(self._key, hashes.SHA256()), key)


def bundle(authorities: Iterable[Authority]) -> bytes:
    """Give the certificates of several authorities as one text, as trust is configured."""
    return b"".join(each.pem.certificate for each in authorities)


def _a_day() -> Lifetime:
    return Lifetime.from_now(timedelta(days=1))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, lifetime: Lifetime
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(lifetime.start)
        .not_valid_after(lifetime.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    )


def _distinguished(common_name: str) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    return x509.Name(attributes)


def _alternatives(names: Iterable[str]) -> Iterable[x509.GeneralName]:
    for name in names:
        if "://" in name:
            yield x509.UniformResourceIdentifier(name)
            continue
        try:
            yield x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            yield x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate, key: Key) -> KeyPair:
    return KeyPair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
