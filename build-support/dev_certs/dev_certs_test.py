"""What the tool makes, keeps and refuses."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509

from chassis.testing.secure_echo import ServerKind, echo, echo_server
from chassis.tls.certificates import CertificateFiles, Credentials
from chassis.tls.identity import identities
from chassis.tls.server_credentials import server_credentials
from chassis.tls.swapping_channel import channel_credentials
from dev_certs.folder import SecretFolder
from dev_certs.main import main
from dev_certs.renewal import AUTHORITY_LIFETIME, SERVICES, renew

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
MONTH = 30 * DAY


class Made:
    """What is in the tool's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def certificates(self, name: str) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates((self.path / name).read_bytes())

    def credentials(self, service: str, now: datetime = NOW) -> Credentials:
        """Give what a service would, whose settings name these files."""
        own = self.path / service
        files = CertificateFiles(own / "tls.crt", own / "tls.key", own / "ca.crt")
        return files.check(files.read(), now)

    def renew(self, now: datetime = NOW, *, force: bool = False) -> bool:
        return renew(SecretFolder(self.path), MONTH, now, force=force).authority_is_new


@pytest.fixture()
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "certs")
    made.renew()
    return made


class Fixed:
    def __init__(self, current: Credentials) -> None:
        self.current = current


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize(("server", "client"), [SERVICES, SERVICES[::-1]])
def test_services_accept_each_other_by_what_was_made(
    made: Made, host: str, server: str, client: str
) -> None:
    credentials = server_credentials(Fixed(made.credentials(server)), require_client=True)
    seen: list[tuple[str, ...]] = []

    def answer(request: bytes, context: Any) -> bytes:
        seen.append(identities(context.auth_context()))
        return request

    with (
        echo_server(ServerKind.THREADS, credentials, answer) as port,
        grpc.secure_channel(
            f"{host}:{port}", channel_credentials(made.credentials(client))
        ) as channel,
    ):
        assert b"request" == echo(channel)
    ((identity, *_),) = seen
    assert f"spiffe://onlinebooks.internal/{client}" == identity


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_known_by_its_names(made: Made, service: str) -> None:
    (certificate,) = made.certificates(f"{service}/tls.crt")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [
        f"spiffe://onlinebooks.internal/{service}",
        service,
        "localhost",
        "127.0.0.1",
        "::1",
    ] == [str(name.value) for name in names]


def test_only_the_owner_reads_what_was_made(made: Made) -> None:
    modes = {
        str(path.relative_to(made.path)): stat.S_IMODE(path.stat().st_mode)
        for path in [made.path, *made.path.rglob("*")]
    }
    names = [
        f"{service}/{name}" for service in SERVICES for name in ("ca.crt", "tls.crt", "tls.key")
    ]
    files = dict.fromkeys([".gitignore", "ca.crt", "ca.key", *names], 0o600)
    assert {**files, **dict.fromkeys([".", *SERVICES], 0o700)} == modes


def test_version_control_ignores_all_of_it(made: Made) -> None:
    assert "*\n" == (made.path / ".gitignore").read_text()


def test_lifetimes(made: Made) -> None:
    (authority,) = made.certificates("ca.crt")
    (leaf,) = made.certificates("marketplace/tls.crt")
    assert NOW + AUTHORITY_LIFETIME == authority.not_valid_after_utc
    assert NOW + MONTH == leaf.not_valid_after_utc
    assert NOW - leaf.not_valid_before_utc < timedelta(hours=1)


def test_called_again_it_renews_certificates_and_keeps_the_authority(made: Made) -> None:
    authority = made.certificates("ca.crt")
    leaf, key = made.certificates("marketplace/tls.crt"), made.credentials("marketplace").pem.key
    assert not made.renew(NOW + DAY)
    assert authority == made.certificates("ca.crt")
    assert leaf != made.certificates("marketplace/tls.crt")
    assert key != made.credentials("marketplace", NOW + DAY).pem.key


def test_an_authority_near_its_end_is_succeeded_and_trusted_until_then(made: Made) -> None:
    (former,) = made.certificates("ca.crt")
    near = NOW + AUTHORITY_LIFETIME - MONTH
    assert not made.renew(near)
    assert made.renew(near + DAY)
    new, old = made.certificates("marketplace/ca.crt")
    assert (former, False) == (old, new == former)
    assert new.subject == made.certificates("marketplace/tls.crt")[0].issuer
    made.credentials("marketplace", near + DAY)
    assert not made.renew(NOW + AUTHORITY_LIFETIME)
    assert [new] == made.certificates("marketplace/ca.crt")


def test_by_force_nothing_former_is_trusted(made: Made) -> None:
    (former,) = made.certificates("ca.crt")
    assert made.renew(force=True)
    assert former not in made.certificates("recommendations/ca.crt")
    made.credentials("recommendations")


@pytest.mark.parametrize("name", ["ca.crt", "ca.key"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_damaged_authority_is_not_replaced_unasked(
    made: Made, name: str, damage: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(made.path / name)
    before = made.credentials("marketplace")
    assert 1 == main(["--out", str(made.path)])
    assert "--force makes new ones" in capsys.readouterr().err
    assert before == made.credentials("marketplace")
    assert 0 == main(["--out", str(made.path), "--force"])


def test_a_folder_with_other_contents_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Say, `--out .`, where ignoring everything would hide a repository's own files."""
    (tmp_path / "main.py").touch()
    assert 1 == main(["--out", str(tmp_path)])
    assert f"dev-certs: {tmp_path}: is not empty, and was not made by this tool\n" == (
        capsys.readouterr().err
    )
    assert ["main.py"] == [path.name for path in tmp_path.iterdir()]


def test_a_folder_that_cannot_be_made_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert 1 == main(["--out", str(tmp_path / "file" / "certs")])
    assert f"dev-certs: {tmp_path}/file/certs: Not a directory\n" == capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "91", "-1", "1.5", "x", ""])
def test_days_are_from_1_to_90(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"--days={days}"])
    assert 2 == ended.value.code
    assert "is not from 1 to 90" in capsys.readouterr().err


def test_it_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "certs"
    for verb in ("made", "kept"):
        assert 0 == main(["--out", str(path), "--days", "7"])
        first, *rest = capsys.readouterr().out.splitlines()
        assert first.startswith(f"{verb} the authority {path}/ca.crt, valid until ")
        assert [f"made {path}/{service}" for service in SERVICES] == [
            line.partition(",")[0] for line in rest
        ]
