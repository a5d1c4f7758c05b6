"""Certificates and keys in files: read, and checked before anything relies on them."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct

_MAX_BYTES = 1024 * 1024


class CertificateError(Exception):
    """Files that cannot be used; `problems` has a line for each mistake, with the file's name."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(["certificates cannot be used:", *(f"  {p}" for p in problems)]))


class CertificateFiles(Struct, frozen=True):
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
        # Loaded only now: who speaks plain text needs none of `cryptography`, which is large.
        from chassis.tls.certificate_checks import certificates, problem_of_time, problems_of_key

        problems: list[str] = []
        chain = certificates(self.certificate, pem.certificate, problems)
        certificates(self.authorities, pem.authorities, problems)
        if pem.key is not None:
            problems.extend(f"{self.key}: {each}" for each in problems_of_key(pem.key, chain))
        for certificate in chain:
            if problem := problem_of_time(certificate, now):
                problems.append(f"{self.certificate}: {problem}")
        if problems:
            raise CertificateError(tuple(problems))
        return Credentials(pem, min((each.not_valid_after_utc for each in chain), default=None))


class Pem(Struct, frozen=True):
    """What the files hold."""

    certificate: bytes | None
    key: bytes | None
    authorities: bytes | None

    def __repr__(self) -> str:
        return f"Pem(certificate={self.certificate!r}, authorities={self.authorities!r})"


class Credentials(Struct, frozen=True):
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
