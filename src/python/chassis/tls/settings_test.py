"""Settings of TLS that do not fit together stop the start, all of them named."""

from pathlib import Path

import pytest

from chassis.settings import SettingsError, load_settings
from chassis.tls.allowed_peers import AllowedPeers
from chassis.tls.certificates import CertificateFiles
from chassis.tls.settings import TlsClientSettings, TlsServerSettings, TlsSettings

PEERS = "* = spiffe://onlinebooks.internal/marketplace"


@pytest.fixture()
def environ(tmp_path: Path) -> dict[str, str]:
    """Give a complete configuration of mutual TLS."""
    names = {"TLS_CERT_FILE": "tls.crt", "TLS_KEY_FILE": "tls.key", "TLS_CA_FILE": "ca.crt"}
    for name in names.values():
        (tmp_path / name).touch()
    return {variable: str(tmp_path / name) for variable, name in names.items()}


SERVER = {"TLS_CLIENT_AUTH": "require", "TLS_ALLOWED_PEERS": PEERS}


def problems(cls: type[TlsSettings], environ: dict[str, str]) -> list[str]:
    """Give what is wrong, without the values."""
    with pytest.raises(SettingsError) as error:
        load_settings(cls, environ)
    return [each.replace(environ.get("TLS_CA_FILE", "-"), "…") for each in error.value.problems]


@pytest.mark.parametrize("cls", [TlsServerSettings, TlsClientSettings])
def test_without_settings_there_is_no_tls(cls: type[TlsSettings]) -> None:
    assert load_settings(cls, {}).certificate_files is None


def test_a_server_may_verify_its_clients(environ: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings(TlsServerSettings, {**environ, **SERVER})
    files = CertificateFiles(tmp_path / "tls.crt", tmp_path / "tls.key", tmp_path / "ca.crt")
    assert files == settings.certificate_files
    assert AllowedPeers.parse(PEERS) == settings.tls_allowed_peers
    assert not settings.tls_common_name


def test_a_server_need_not_verify_its_clients(environ: dict[str, str]) -> None:
    del environ["TLS_CA_FILE"]
    assert "none" == load_settings(TlsServerSettings, environ).tls_client_auth


def test_a_client_has_a_certificate_or_none(environ: dict[str, str]) -> None:
    only_authority = {"TLS_CA_FILE": environ["TLS_CA_FILE"]}
    for each in (environ, only_authority):
        assert load_settings(TlsClientSettings, each).certificate_files


@pytest.mark.parametrize("cls", [TlsServerSettings, TlsClientSettings])
@pytest.mark.parametrize(
    ("absent", "problem"),
    [
        ("TLS_KEY_FILE", "TLS_KEY_FILE: is required with TLS_CERT_FILE"),
        ("TLS_CERT_FILE", "TLS_KEY_FILE: '{key}' is of no use without TLS_CERT_FILE"),
    ],
)
def test_certificate_and_key_come_together(
    cls: type[TlsSettings], environ: dict[str, str], absent: str, problem: str
) -> None:
    key = environ["TLS_KEY_FILE"]
    del environ[absent]
    found = problems(cls, {**environ, **(SERVER if cls is TlsServerSettings else {})})
    assert problem.format(key=key) in found


def test_a_client_with_a_certificate_must_verify_servers(environ: dict[str, str]) -> None:
    del environ["TLS_CA_FILE"]
    assert ["TLS_CA_FILE: is required with TLS_CERT_FILE, to verify servers"] == problems(
        TlsClientSettings, environ
    )


def test_verifying_clients_needs_certificate_authorities_and_table() -> None:
    assert ["TLS_CLIENT_AUTH: 'require' needs TLS_CERT_FILE and TLS_CA_FILE"] == problems(
        TlsServerSettings, SERVER
    )


def test_whoever_verifies_clients_says_which(environ: dict[str, str]) -> None:
    del (server := dict(SERVER))["TLS_ALLOWED_PEERS"]
    assert ["TLS_ALLOWED_PEERS: is required with TLS_CLIENT_AUTH=require"] == problems(
        TlsServerSettings, {**environ, **server}
    )


def test_a_server_does_not_ignore_that_clients_should_be_verified(environ: dict[str, str]) -> None:
    """A file or a table that would change nothing means that somebody believes otherwise."""
    assert [
        "TLS_CLIENT_AUTH: 'none' leaves TLS_CA_FILE without use",
    ] == problems(TlsServerSettings, environ)
    del environ["TLS_CA_FILE"]
    assert [
        f"TLS_ALLOWED_PEERS: {PEERS!r} is of no use without TLS_CLIENT_AUTH=require",
    ] == problems(TlsServerSettings, {**environ, "TLS_ALLOWED_PEERS": PEERS})


def test_all_mistakes_are_reported_together(environ: dict[str, str], tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    found = problems(
        TlsServerSettings,
        {
            "TLS_CERT_FILE": environ["TLS_CERT_FILE"],
            "TLS_CA_FILE": absent,
            "TLS_RELOAD_SECONDS": "0",
            "TLS_CLIENT_AUTH": "optional",
            "TLS_ALLOWED_PEERS": "marketplace",
        },
    )
    assert [
        "TLS_KEY_FILE: is required with TLS_CERT_FILE",
        "TLS_CA_FILE: '…' is not a file",
        "TLS_RELOAD_SECONDS: '0' is not more than 0.0",
        "TLS_CLIENT_AUTH: 'optional' is not 'none' or 'require'",
        "TLS_ALLOWED_PEERS: 'marketplace' is no table of peers:"
        " 'marketplace' is no RPC such as /package.Service/Method;"
        " '' is no peer such as spiffe://domain/path or dns:name",
    ] == found


@pytest.mark.parametrize("cls", [TlsServerSettings, TlsClientSettings])
def test_every_setting_is_described(cls: type[TlsSettings]) -> None:
    assert [] == [name for name, field in cls.fields().items() if not field.description]
