"""Certificates and keys in files: read, and checked before anything relies on them."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_MAX_BYTES = 1024 * 1024
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_MIN_RSA_BITS = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1)


class CertificateError(Exception):
    """Files that cannot be used; `problems` has a line for each mistake, with the file's name."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(["certificates cannot be used:", *(f"  {p}" for p in problems)]))


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where certificates are, all of them in PEM. `certificate` and `key` come together.

    certificate: our own, followed by those that lead from it to the authority's.
    key: the private key of the first.
    authorities: whom we trust to vouch for the other side; several while one replaces another.
    """

    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None

    def read(self) -> "Pem":
        """Give what is in the files, unchecked. Raises CertificateError."""
        problems: list[str] = []
        texts = [_read(path, problems) for path in (self.certificate, self.key, self.authorities)]
        if problems:
            raise CertificateError(tuple(problems))
        return Pem(*texts)

    def check(self, pem: "Pem", now: datetime) -> "Credentials":
        """Make credentials of what was read, or raise CertificateError.

        The files must be whole, the key must be the certificate's and of a kind that gRPC's TLS
        can use, and all of our own certificates must be valid now.
        """
        problems: list[str] = []
        chain = _certificates(self.certificate, pem.certificate, problems)
        _certificates(self.authorities, pem.authorities, problems)
        if pem.key is not None:
            problems.extend(f"{self.key}: {each}" for each in _problems_of_key(pem.key, chain))
        for certificate in chain:
            if problem := _problem_of_time(certificate, now):
                problems.append(f"{self.certificate}: {problem}")
        if problems:
            raise CertificateError(tuple(problems))
        return Credentials(pem, min((each.not_valid_after_utc for each in chain), default=None))


@dataclass(frozen=True, slots=True)
class Pem:
    """What the files hold."""

    certificate: bytes | None
    key: bytes | None = field(repr=False)
    authorities: bytes | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was checked. Two are the same only if they are one: each reload makes another.

    not_after: when the first certificate of our own chain expires; None if we have none.
    """

    pem: Pem
    not_after: datetime | None


def _read(path: Path | None, problems: list[str]) -> bytes | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
    except OSError as error:
        problems.append(f"{path}: {error.strerror}")
        return None
    if len(text) > _MAX_BYTES:
        problems.append(f"{path}: has more than {_MAX_BYTES} bytes")
    return text


def _certificates(
    path: Path | None, text: bytes | None, problems: list[str]
) -> list[x509.Certificate]:
    if text is None:
        return []
    try:
        found = x509.load_pem_x509_certificates(text)
        for each in found:
            each.public_key()
    except (ValueError, UnsupportedAlgorithm):
        problems.append(f"{path}: holds no certificate, or one that is damaged")
        return []
    if len(found) != text.count(_BEGIN):  # The library passes over a last one that is cut off.
        problems.append(f"{path}: is cut off")
    return found


def _problems_of_key(text: bytes, chain: list[x509.Certificate]) -> list[str]:
    try:
        key = load_pem_private_key(text, password=None)
    except TypeError:
        return ["is encrypted, and nobody is here to give a password"]
    except (ValueError, UnsupportedAlgorithm):
        return ["holds no private key, or one that is damaged"]
    problems = []
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < _MIN_RSA_BITS:
            problems.append(f"has {key.key_size} bits, RSA needs {_MIN_RSA_BITS}")
    elif not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, _CURVES)):
        problems.append("is neither RSA nor on one of the curves P-256 and P-384")
    if chain and key.public_key() != chain[0].public_key():
        problems.append("is not the key of the certificate")
    return problems


def _problem_of_time(certificate: x509.Certificate, now: datetime) -> str | None:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < start:
        return f"is not valid before {start:%Y-%m-%dT%H:%M:%SZ}"
    if now >= end:
        return f"has expired at {end:%Y-%m-%dT%H:%M:%SZ}"
    return None
