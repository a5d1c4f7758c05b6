"""What is in files is checked before anything relies on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from chassis.testing.certificates import Authority, KeyPair, Lifetime, bundle
from chassis.tls.certificates import CertificateError, CertificateFiles, Credentials

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WEAK_BITS = 1024
AUTHORITY = Authority.create(lifetime=Lifetime(NOW - DAY, NOW + DAY))
VALID = Lifetime(NOW - DAY, NOW + DAY)


@dataclass(frozen=True)
class Folder:
    """Files in a folder, of which a test replaces one or two by something wrong."""

    path: Path

    @property
    def files(self) -> CertificateFiles:
        return CertificateFiles(self.path / "tls.crt", self.path / "tls.key", self.path / "ca.crt")

    def write(self, pair: KeyPair, authorities: bytes) -> None:
        for name, text in (
            ("tls.crt", pair.certificate),
            ("tls.key", pair.key),
            ("ca.crt", authorities),
        ):
            (self.path / name).write_bytes(text)

    def check(self) -> Credentials:
        return self.files.check(self.files.read(), NOW)

    def problems(self) -> list[str]:
        with pytest.raises(CertificateError) as error:
            self.check()
        return [each.replace(f"{self.path}/", "") for each in error.value.problems]


@pytest.fixture()
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.write(AUTHORITY.issue("localhost", lifetime=VALID), bundle([AUTHORITY]))
    return folder


@pytest.mark.parametrize(
    "key",
    [
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-384", "RSA 2048"],
)
def test_good_files_become_credentials(
    folder: Folder, key: Callable[[], ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey]
) -> None:
    folder.write(AUTHORITY.issue("localhost", lifetime=VALID, key=key()), bundle([AUTHORITY]))
    assert Credentials(folder.files.read(), NOW + DAY) == folder.check()


def test_the_end_of_a_chain_is_that_of_its_first_to_expire(folder: Folder) -> None:
    leaf = AUTHORITY.issue("localhost", lifetime=Lifetime(NOW - DAY, NOW + 5 * DAY))
    chain = leaf.certificate + AUTHORITY.pem.certificate
    folder.write(KeyPair(chain, leaf.key), bundle([AUTHORITY]))
    assert NOW + DAY == folder.check().not_after


def test_authorities_alone_are_enough_for_a_client(folder: Folder) -> None:
    files = CertificateFiles(authorities=folder.path / "ca.crt")
    assert files.check(files.read(), NOW).not_after is None


def test_several_authorities_may_be_trusted(folder: Folder) -> None:
    both = bundle([AUTHORITY, Authority.create("Next CA")])
    (folder.path / "ca.crt").write_bytes(both)
    assert both == folder.check().pem.authorities


def test_files_that_are_missing_are_all_named(tmp_path: Path) -> None:
    missing = "No such file or directory"
    assert [
        f"tls.crt: {missing}",
        f"tls.key: {missing}",
        f"ca.crt: {missing}",
    ] == Folder(tmp_path).problems()


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(CertificateError, match="/dev/zero: has more than 1048576 bytes"):
        CertificateFiles(authorities=Path("/dev/zero")).read()


@pytest.mark.parametrize("name", ["tls.crt", "ca.crt"])
@pytest.mark.parametrize("text", [b"", b"certificate", AUTHORITY.pem.key, b"\xff\x00"])
def test_what_is_no_certificate_is_refused(folder: Folder, name: str, text: bytes) -> None:
    (folder.path / name).write_bytes(text)
    assert f"{name}: holds no certificate, or one that is damaged" in folder.problems()


@pytest.mark.parametrize("name", ["tls.crt", "tls.key", "ca.crt"])
@pytest.mark.parametrize("part", [0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_is_half_written_is_refused(folder: Folder, name: str, part: float) -> None:
    text = (folder.path / name).read_bytes().strip()
    (folder.path / name).write_bytes(text[: int(len(text) * part)])
    assert any(problem.startswith(name) for problem in folder.problems())


@pytest.mark.parametrize("name", ["tls.crt", "ca.crt"])
def test_a_last_certificate_that_is_cut_off_is_noticed(folder: Folder, name: str) -> None:
    with (folder.path / name).open("ab") as file:
        file.write(AUTHORITY.pem.certificate[:300])
    assert [f"{name}: is cut off"] == folder.problems()


def test_a_key_must_be_that_of_the_certificate(folder: Folder) -> None:
    (folder.path / "tls.key").write_bytes(AUTHORITY.issue("localhost").key)
    assert ["tls.key: is not the key of the certificate"] == folder.problems()


def test_an_encrypted_key_is_refused(folder: Folder) -> None:
    key = load_pem_private_key((folder.path / "tls.key").read_bytes(), None)
    (folder.path / "tls.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    assert ["tls.key: is encrypted, and nobody is here to give a password"] == folder.problems()


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (lambda: rsa.generate_private_key(65537, WEAK_BITS), "has 1024 bits, RSA needs 2048"),
        (
            lambda: ec.generate_private_key(ec.SECP521R1()),
            "is neither RSA nor on one of the curves P-256 and P-384",
        ),
        (
            ed25519.Ed25519PrivateKey.generate,
            "is neither RSA nor on one of the curves P-256 and P-384",
        ),
    ],
    ids=["RSA 1024", "P-521", "Ed25519"],
)
def test_a_key_that_grpc_cannot_use_or_should_not_is_refused(
    folder: Folder,
    key: Callable[[], ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey],
    problem: str,
) -> None:
    folder.write(AUTHORITY.issue("localhost", lifetime=VALID, key=key()), bundle([AUTHORITY]))
    assert [f"tls.key: {problem}"] == folder.problems()


@pytest.mark.parametrize(
    ("lifetime", "problem"),
    [
        (Lifetime(NOW - DAY, NOW), "has expired at 2030-01-01T12:00:00Z"),
        (Lifetime(NOW + DAY, NOW + 2 * DAY), "is not valid before 2030-01-02T12:00:00Z"),
    ],
)
def test_a_certificate_must_be_valid_now(folder: Folder, lifetime: Lifetime, problem: str) -> None:
    folder.write(AUTHORITY.issue("localhost", lifetime=lifetime), bundle([AUTHORITY]))
    assert [f"tls.crt: {problem}"] == folder.problems()


def test_every_mistake_is_reported(folder: Folder) -> None:
    folder.write(AUTHORITY.issue("a", lifetime=Lifetime(NOW - DAY, NOW)), b"")
    (folder.path / "tls.key").write_bytes(AUTHORITY.issue("b").key)
    assert [
        "ca.crt: holds no certificate, or one that is damaged",
        "tls.key: is not the key of the certificate",
        "tls.crt: has expired at 2030-01-01T12:00:00Z",
    ] == folder.problems()


def test_a_key_is_not_shown(folder: Folder) -> None:
    assert "PRIVATE" not in repr(folder.check())
