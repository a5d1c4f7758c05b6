"""A client's channel is as its settings say."""

from pathlib import Path

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.settings import load_settings
from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority
from chassis.testing.recording_log import RecordingLog
from chassis.testing.secure_echo import HOST, ServerKind, echo, echo_server
from chassis.tls.calling import ClientTls
from chassis.tls.certificates import CertificateError
from chassis.tls.metrics import TlsMetrics
from chassis.tls.server_credentials import server_credentials
from chassis.tls.settings import TlsClientSettings
from chassis.tls.store import CertificateStore

AUTHORITY = Authority.create()


def client_tls(**environ: Path) -> ClientTls:
    settings = load_settings(
        TlsClientSettings, {name: str(value) for name, value in environ.items()}
    )
    return ClientTls(settings, TlsMetrics(CollectorRegistry()), RecordingLog().logger)


def test_without_certificates_it_is_plain() -> None:
    given: list[grpc.ChannelCredentials | None] = []

    def connect(credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
        given.append(credentials)
        return grpc.insecure_channel("127.0.0.1:1")

    client_tls().open(connect).close()
    assert [None] == given


@pytest.mark.parametrize("mutual", [False, True])
def test_with_certificates_it_calls_over_tls(tmp_path: Path, mutual: bool) -> None:
    folder = CertificateFolder(tmp_path, AUTHORITY.issue(HOST), AUTHORITY)
    own = {"TLS_CERT_FILE": folder.certificate, "TLS_KEY_FILE": folder.key} if mutual else {}
    tls = client_tls(TLS_CA_FILE=folder.authorities, **own)
    store = CertificateStore(folder.files, TlsMetrics(CollectorRegistry()), RecordingLog().logger)

    def connect(credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
        assert credentials
        return grpc.secure_channel(f"{HOST}:{port}", credentials)

    with (
        echo_server(ServerKind.THREADS, server_credentials(store, require_client=mutual)) as port,
        tls.open(connect) as channel,
    ):
        assert b"request" == echo(channel)


def test_wrong_files_are_found_before_anything_is_opened(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").touch()
    with pytest.raises(CertificateError, match=r"ca\.crt: holds no certificate"):
        client_tls(TLS_CA_FILE=tmp_path / "ca.crt")
