"""Authority and certificates of both sides are replaced under calls, and no call fails."""

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority
from chassis.testing.continuously import continuously
from chassis.testing.recording_log import RecordingLog
from chassis.testing.secure_echo import HOST, ServerKind, echo, echo_server
from chassis.testing.waiting import wait_until
from chassis.tls.metrics import TlsMetrics
from chassis.tls.server_credentials import server_credentials
from chassis.tls.store import CertificateStore
from chassis.tls.swapping_channel import SwappingChannel, channel_credentials
from chassis.tls.watch import Watch

ROTATIONS = 5
LOOK_SECONDS = 0.01
CALLERS = 3
CALLS_PER_STEP = 50
SERVER, CLIENT = "spiffe://onlinebooks.internal/server", "spiffe://onlinebooks.internal/client"
_ALONE = [("grpc.use_local_subchannel_pool", 1)]


class Side:
    """One side's certificates, and what it has made of them."""

    def __init__(self, path: Path, name: str, authority: Authority) -> None:
        self._name = name
        self.log = RecordingLog()
        self.folder = CertificateFolder(path, authority.issue(name, HOST), authority)
        self.store = CertificateStore(
            self.folder.files, TlsMetrics(CollectorRegistry()), self.log.logger
        )

    def renew(self, authority: Authority) -> None:
        pair = authority.issue(self._name, HOST)
        self.folder.write(pair)
        wait_until(lambda: self.store.current.pem.certificate == pair.certificate)

    def trust(self, *authorities: Authority) -> None:
        self.folder.trust(*authorities)
        text = self.folder.authorities.read_bytes()
        wait_until(lambda: self.store.current.pem.authorities == text)


class Callers:
    """Threads that call without pause, and count."""

    def __init__(self, channel: grpc.Channel, client: CertificateStore, port: int) -> None:
        self.calls = 0
        self.connections = 0
        self.failures: list[grpc.RpcError] = []
        self._channel = channel
        self._client = client
        self._port = port
        self._lock = threading.Lock()

    @contextmanager
    def calling(self) -> Iterator[None]:
        with continuously(*[self._on_one_channel] * CALLERS, self._on_a_new_channel):
            yield

    def _on_one_channel(self) -> None:
        self._call(self._channel)
        with self._lock:
            self.calls += 1

    def _on_a_new_channel(self) -> None:
        """Connect for each call, so that there is a handshake in each state of the rotation."""
        credentials = channel_credentials(self._client.current)
        with grpc.secure_channel(f"{HOST}:{self._port}", credentials, _ALONE) as channel:
            self._call(channel)
        self.connections += 1

    def _call(self, channel: grpc.Channel) -> None:
        try:
            echo(channel)
        except grpc.RpcError as error:
            self.failures.append(error)


@pytest.mark.parametrize("kind", ServerKind)
def test_no_call_fails_while_authority_and_certificates_are_replaced(
    kind: ServerKind, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The steps of docs/security.md, five times: trust both, renew, trust the new one alone."""
    authority = Authority.create("CA 0")
    server = Side(tmp_path / "server", SERVER, authority)
    client = Side(tmp_path / "client", CLIENT, authority)
    with ExitStack() as stack:
        credentials = server_credentials(server.store, require_client=True)
        port = stack.enter_context(echo_server(kind, credentials))
        stack.enter_context(Watch(server.store.refresh, LOOK_SECONDS, server.log.logger))
        channel = SwappingChannel(
            lambda own: grpc.secure_channel(f"{HOST}:{port}", own, _ALONE),
            client.store,
            client.log.logger,
            LOOK_SECONDS,
        )
        stack.enter_context(channel)
        callers = Callers(channel, client.store, port)
        with callers.calling():
            for number in range(1, ROTATIONS + 1):
                former, authority = authority, Authority.create(f"CA {number}")
                with step(client, callers):
                    server.trust(former, authority)
                    client.trust(former, authority)
                with step(client, callers):
                    server.renew(authority)
                    client.renew(authority)
                with step(client, callers):
                    server.trust(authority)
                    client.trust(authority)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kind.value}: {ROTATIONS} rotations, {callers.calls} calls on one channel,"
            f" {callers.connections} on channels of their own, {len(callers.failures)} failed\n"
        )
    assert [] == callers.failures


@contextmanager
def step(client: Side, callers: Callers) -> Iterator[None]:
    """Wait at the end until calls use what the client was given meanwhile, and for some of them."""
    before = len(client.log.lines_of("calls use the new certificates"))
    yield
    client.log.wait_for("calls use the new certificates", before + 1)
    calls, connections = callers.calls + CALLS_PER_STEP, callers.connections + 1
    wait_until(lambda: callers.calls >= calls and callers.connections > connections)
