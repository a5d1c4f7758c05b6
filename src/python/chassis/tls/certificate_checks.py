"""What is looked at in certificates and keys before anything relies on them."""

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_MIN_RSA_BITS = 2048
_CURVES = (ec.SECP256R1, ec.SECP384R1)


def certificates(
    path: Path | None, text: bytes | None, problems: list[str]
) -> list[x509.Certificate]:
    """Read the certificates of a file, and add what is wrong with them to the problems."""
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


def problems_of_key(text: bytes, chain: list[x509.Certificate]) -> list[str]:
    """Say what is wrong with a key; it belongs to the first certificate of the chain."""
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


def problem_of_time(certificate: x509.Certificate, now: datetime) -> str | None:
    """Say whether a certificate is not valid at a time, and why."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < start:
        return f"is not valid before {start:%Y-%m-%dT%H:%M:%SZ}"
    if now >= end:
        return f"has expired at {end:%Y-%m-%dT%H:%M:%SZ}"
    return None
