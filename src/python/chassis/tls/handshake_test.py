"""Who gets through the handshake, on both kinds of server, and that a refusal harms nobody else."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from chassis.testing.certificates import Authority, KeyPair, Lifetime
from chassis.testing.secure_echo import HOST, ServerKind, echo, echo_server
from chassis.tls.certificates import Credentials, Pem
from chassis.tls.identity import identities
from chassis.tls.server_credentials import server_credentials
from chassis.tls.swapping_channel import channel_credentials

AUTHORITY = Authority.create()
STRANGER = Authority.create("Another CA")
NOW = datetime.now(UTC)
PAST = Lifetime(NOW - timedelta(days=2), NOW - timedelta(days=1))
FUTURE = Lifetime(NOW + timedelta(days=1), NOW + timedelta(days=2))
NAME = "localhost"
CLIENT = "spiffe://onlinebooks.internal/marketplace"

both_kinds = pytest.mark.parametrize("kind", ServerKind)

_ALONE = [("grpc.use_local_subchannel_pool", 1)]

_TLS_1_1, _TLS_1_2 = b"\x03\x02", b"\x03\x03"
_HANDSHAKE = 22
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_ENOUGH = 11
"""Bytes of an answer that end with its version."""


def credentials(pair: KeyPair | None, authority: Authority = AUTHORITY) -> Credentials:
    """Take a pair as it is: some of these would not pass the check of files."""
    certificate, key = (pair.certificate, pair.key) if pair else (None, None)
    return Credentials(Pem(certificate, key, authority.pem.certificate), None)


class Fixed:
    """Stands for a store whose files never change, whatever is in them."""

    def __init__(self, current: Credentials) -> None:
        self.current = current


class Server:
    """A server that asks for certificates, and counts the calls that reach it."""

    def __init__(self, kind: ServerKind, pair: KeyPair | None = None) -> None:
        pair = pair or AUTHORITY.issue(NAME)
        self._kind = kind
        self._credentials = server_credentials(Fixed(credentials(pair)), require_client=True)
        self.calls = 0
        self.port = 0

    @contextmanager
    def running(self) -> Iterator["Server"]:
        with echo_server(self._kind, self._credentials, self._answer) as self.port:
            yield self

    def call(self, client: Credentials) -> bytes:
        """Call from a client that has these credentials. Raises RpcError."""
        made = channel_credentials(client)
        with grpc.secure_channel(f"{NAME}:{self.port}", made, _ALONE) as channel:
            return echo(channel)

    def _answer(self, request: bytes, _: Any) -> bytes:
        self.calls += 1
        return request


@pytest.fixture(scope="module", params=ServerKind)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(request.param).running() as running:
        yield running


@pytest.fixture(autouse=True)
def _the_server_goes_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test that uses the server, a client with a good certificate is answered."""
    yield
    if "server" in request.fixturenames:
        server: Server = request.getfixturevalue("server")
        assert server.call(credentials(AUTHORITY.issue(CLIENT))) == b"request"


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(lambda: None, id="none"),
        pytest.param(lambda: STRANGER.issue(CLIENT), id="of an unknown authority"),
        pytest.param(lambda: AUTHORITY.issue(CLIENT, lifetime=PAST), id="expired"),
        pytest.param(lambda: AUTHORITY.issue(CLIENT, lifetime=FUTURE), id="not yet valid"),
        pytest.param(lambda: AUTHORITY.pem, id="an authority's own"),
    ],
)
def test_a_client_is_refused_for_its_certificate(
    server: Server, pair: Callable[[], KeyPair | None]
) -> None:
    before = server.calls
    with pytest.raises(grpc.RpcError) as refused:
        server.call(credentials(pair()))
    assert grpc.StatusCode.UNAVAILABLE == code_of(refused.value)
    assert before == server.calls


@both_kinds
@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (lambda: STRANGER.issue(NAME), "CERTIFICATE_VERIFY_FAILED"),
        (lambda: AUTHORITY.issue(NAME, lifetime=PAST), "CERTIFICATE_VERIFY_FAILED"),
        (lambda: AUTHORITY.issue(NAME, lifetime=FUTURE), "CERTIFICATE_VERIFY_FAILED"),
        (lambda: AUTHORITY.issue("recommendations"), "Hostname Verification Check failed"),
        (
            lambda: AUTHORITY.issue("recommendations", common_name=NAME),
            "Hostname Verification Check failed",
        ),
    ],
    ids=["unknown authority", "expired", "not yet valid", "other name", "name not in a SAN"],
)
def test_a_server_is_refused_for_its_certificate(
    kind: ServerKind, pair: Callable[[], KeyPair], reason: str
) -> None:
    client = credentials(AUTHORITY.issue(CLIENT))
    with Server(kind, pair()).running() as server:
        with pytest.raises(grpc.RpcError, match=reason) as refused:
            server.call(client)
        assert grpc.StatusCode.UNAVAILABLE == code_of(refused.value)
        assert 0 == server.calls


@both_kinds
def test_grpc_believes_a_common_name_if_there_is_no_other(kind: ServerKind) -> None:
    """A limit of gRPC that Python cannot switch off: docs/security.md tells of it."""
    with Server(kind, AUTHORITY.issue(common_name=NAME)).running() as server:
        assert b"request" == server.call(credentials(AUTHORITY.issue(CLIENT)))


def test_a_client_without_tls_is_refused(server: Server) -> None:
    before = server.calls
    with (
        grpc.insecure_channel(f"{HOST}:{server.port}", _ALONE) as channel,
        pytest.raises(grpc.RpcError) as refused,
    ):
        echo(channel)
    assert grpc.StatusCode.UNAVAILABLE == code_of(refused.value)
    assert before == server.calls


def test_tls_1_1_is_refused(server: Server) -> None:
    """gRPC closes the connection and does not send the alert that says why."""
    assert b"" == answer_to(server.port, client_hello(_TLS_1_1))


def test_tls_1_2_is_spoken(server: Server) -> None:
    """The same bytes but for the version: so it was the version that the other test is about."""
    answer = answer_to(server.port, client_hello(_TLS_1_2))
    record_type, message_type, version = answer[0], answer[5], answer[9:11]
    assert (_HANDSHAKE, _SERVER_HELLO, _TLS_1_2) == (record_type, message_type, version)


@pytest.mark.parametrize("abrupt", [False, True])
@pytest.mark.parametrize("sent", [0, 1, 5, 6, 43, -1])
def test_a_handshake_may_be_cut_off(server: Server, sent: int, abrupt: bool) -> None:
    """The server's goodness afterwards is what the fixture asserts."""
    with socket.create_connection((HOST, server.port), timeout=30) as client:
        client.sendall(client_hello(_TLS_1_2)[:sent])
        if abrupt:  # A reset rather than an end.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    "garbage", [b"\0" * 4096, b"\x16\x03\x03\xff\xff" + b"x" * 65535, b"GET / HTTP/1.1\r\n\r\n"]
)
def test_garbage_ends_the_connection(server: Server, garbage: bytes) -> None:
    with (
        socket.create_connection((HOST, server.port), timeout=30) as client,
        suppress(ConnectionResetError, BrokenPipeError),  # It need not take all of it.
    ):
        client.sendall(garbage)
        while client.recv(4096):
            pass


def test_unfinished_handshakes_hold_up_nobody(server: Server) -> None:
    with ExitStack() as open_sockets:
        for _ in range(100):
            client = socket.create_connection((HOST, server.port), timeout=30)
            open_sockets.enter_context(client)
            client.sendall(client_hello(_TLS_1_2)[:50])
        assert b"request" == server.call(credentials(AUTHORITY.issue(CLIENT)))


@both_kinds
@pytest.mark.parametrize(
    ("names", "common_name", "expected"),
    [
        ((CLIENT,), "", (CLIENT,)),
        (("Shop.Example", "localhost"), "", ("dns:shop.example", "dns:localhost")),
        ((CLIENT, "shop.example", HOST), "shop", (CLIENT, "dns:shop.example")),
        ((), "shop", ()),
        ((HOST,), "shop", ()),
        (("https://shop.example/",), "shop", ()),
        # More than one URI is not a SPIFFE certificate, so there is no id to believe.
        ((CLIENT, "spiffe://onlinebooks.internal/root"), "", ()),
    ],
)
def test_peers_are_known_by_their_names(
    kind: ServerKind, names: tuple[str, ...], common_name: str, expected: tuple[str, ...]
) -> None:
    seen: list[tuple[str, ...]] = []

    def answer(request: bytes, context: Any) -> bytes:
        seen.append(identities(context.auth_context()))
        return request

    pair = AUTHORITY.issue(*names, common_name=common_name)
    own = credentials(AUTHORITY.issue(NAME))
    with (
        echo_server(kind, server_credentials(Fixed(own), require_client=True), answer) as port,
        grpc.secure_channel(
            f"{NAME}:{port}", channel_credentials(credentials(pair)), _ALONE
        ) as channel,
    ):
        echo(channel)
    assert [expected] == seen


@both_kinds
def test_a_server_that_verifies_nobody_knows_nobody(kind: ServerKind) -> None:
    seen: list[tuple[str, ...]] = []

    def answer(request: bytes, context: Any) -> bytes:
        seen.append(identities(context.auth_context(), common_name=True))
        return request

    own = credentials(AUTHORITY.issue(NAME))
    client = channel_credentials(credentials(STRANGER.issue(CLIENT, common_name="shop")))
    with (
        echo_server(kind, server_credentials(Fixed(own), require_client=False), answer) as port,
        grpc.secure_channel(f"{NAME}:{port}", client, _ALONE) as channel,
    ):
        echo(channel)
    assert [()] == seen


def client_hello(version: bytes) -> bytes:
    """Make the first message of a client that speaks at most this version, for gRPC (ALPN h2).

    RFC 5246, 7.4.1.2; without supported_versions, the version in the message is the highest.
    """
    suites = bytes.fromhex("c02bc02fc009c013c00ac014")  # ECDHE, AES, with either kind of key.
    groups = _extension(10, _sized(2, b"\x00\x1d\x00\x17"))
    formats = _extension(11, _sized(1, b"\x00"))
    signatures = _extension(13, _sized(2, b"\x04\x03\x08\x04\x04\x01\x02\x03\x02\x01"))
    protocols = _extension(16, _sized(2, _sized(1, b"h2")))
    body = version + bytes(32) + _sized(1, b"") + _sized(2, suites) + _sized(1, b"\x00")
    body += _sized(2, groups + formats + signatures + protocols)
    return bytes([_HANDSHAKE, 3, 1]) + _sized(2, bytes([_CLIENT_HELLO]) + _sized(3, body))


def answer_to(port: int, message: bytes) -> bytes:
    """Send a message and give the beginning of the answer, or nothing if the server closes."""
    answer = b""
    with socket.create_connection((HOST, port), timeout=30) as client:
        client.sendall(message)
        while len(answer) < _ENOUGH and (received := client.recv(_ENOUGH - len(answer))):
            answer += received
    return answer


def code_of(error: Any) -> grpc.StatusCode:
    code: grpc.StatusCode = error.code()
    return code


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(2, content)


def _sized(length_bytes: int, content: bytes) -> bytes:
    return len(content).to_bytes(length_bytes, "big") + content
