"""A server's TLS is as its settings say."""

from pathlib import Path

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.interceptors.call import RpcKind
from chassis.settings import load_settings
from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority
from chassis.testing.four_kinds import SERVICE_NAME, ask, four_kinds
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import running, threaded_server
from chassis.testing.waiting import wait_until
from chassis.tls.metrics import TlsMetrics
from chassis.tls.serving import PLAIN_TEXT, server_tls
from chassis.tls.settings import TlsServerSettings

HOST = "127.0.0.1"
SHOP = "spiffe://onlinebooks.internal/marketplace"
AUTHORITY = Authority.create()
MUTUAL = {"TLS_CLIENT_AUTH": "require", "TLS_ALLOWED_PEERS": f"/{SERVICE_NAME}/* = {SHOP}"}


def settings(folder: CertificateFolder, **environ: str) -> TlsServerSettings:
    files = {"TLS_CERT_FILE": folder.certificate, "TLS_KEY_FILE": folder.key}
    if "TLS_CLIENT_AUTH" in environ:
        files["TLS_CA_FILE"] = folder.authorities
    paths = {name: str(path) for name, path in files.items()}
    return load_settings(TlsServerSettings, {**paths, "TLS_RELOAD_SECONDS": "0.01", **environ})


@pytest.fixture()
def folder(tmp_path: Path) -> CertificateFolder:
    return CertificateFolder(tmp_path / "certs", AUTHORITY.issue(HOST), AUTHORITY)


def test_without_certificates_it_is_plain() -> None:
    observer = TlsMetrics(CollectorRegistry())
    with server_tls(load_settings(TlsServerSettings, {}), observer, RecordingLog().logger) as tls:
        assert PLAIN_TEXT == tls


def test_without_verifying_clients_everybody_may_call(folder: CertificateFolder) -> None:
    observer = TlsMetrics(CollectorRegistry())
    trusted = grpc.ssl_channel_credentials(AUTHORITY.pem.certificate)
    with server_tls(settings(folder), observer, RecordingLog().logger) as tls:
        server = threaded_server(
            [four_kinds(lambda requests, _: requests)],
            tls.interceptors,
            credentials=tls.credentials,
        )
        with running(server) as address, grpc.secure_channel(address, trusted) as channel:
            assert grpc.StatusCode.OK == ask(channel, RpcKind.UNARY).code


@pytest.mark.parametrize(
    ("name", "code"),
    [(SHOP, grpc.StatusCode.OK), ("dns.example", grpc.StatusCode.PERMISSION_DENIED)],
)
def test_verified_clients_may_do_what_the_table_says(
    folder: CertificateFolder, name: str, code: grpc.StatusCode
) -> None:
    pair = AUTHORITY.issue(name)
    own = grpc.ssl_channel_credentials(AUTHORITY.pem.certificate, pair.key, pair.certificate)
    observer = TlsMetrics(CollectorRegistry())
    with server_tls(settings(folder, **MUTUAL), observer, RecordingLog().logger) as tls:
        server = threaded_server(
            [four_kinds(lambda requests, _: requests)],
            tls.interceptors,
            credentials=tls.credentials,
        )
        with running(server) as address, grpc.secure_channel(address, own) as channel:
            assert code == ask(channel, RpcKind.UNARY).code


def test_files_are_watched_while_the_block_runs(folder: CertificateFolder) -> None:
    registry = CollectorRegistry()
    log = RecordingLog()
    accepted = {"result": "accepted"}
    with server_tls(settings(folder), TlsMetrics(registry), log.logger):
        folder.write(AUTHORITY.issue(HOST))
        wait_until(lambda: registry.get_sample_value("tls_reloads_total", accepted) == 1)
