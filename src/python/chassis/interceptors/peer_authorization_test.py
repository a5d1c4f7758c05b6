"""Who gets to a servicer: those whom the table names, and nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind
from chassis.interceptors.peer_authorization import PeerAuthorization
from chassis.interceptors.status import StatusMapping
from chassis.testing.certificates import Authority, KeyPair
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask, four_kinds
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, running
from chassis.tls.allowed_peers import AllowedPeers
from chassis.tls.certificates import Credentials, Pem
from chassis.tls.server_credentials import server_credentials
from chassis.tls.swapping_channel import channel_credentials

HOST = "127.0.0.1"
AUTHORITY = Authority.create()
SHOP = "spiffe://onlinebooks.internal/marketplace"
all_kinds = pytest.mark.parametrize("kind", RpcKind)


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


class Service:
    """A server that verifies its clients, and what reached its servicer."""

    def __init__(self, make_server: MakeServer, table: str, *, common_name: bool = False) -> None:
        self._make_server = make_server
        self.reached = 0
        self.log = RecordingLog()
        self._interceptors = (
            AccessLog(self.log.logger),
            StatusMapping({}, self.log.logger),
            PeerAuthorization(AllowedPeers.parse(table), common_name=common_name),
        )

    @contextmanager
    def channel(self, pair: KeyPair) -> Iterator[grpc.Channel]:
        """Give a channel to it from a client with this certificate."""
        own = Fixed(AUTHORITY.issue(HOST))
        server = self._make_server(
            [four_kinds(self._body)],
            self._interceptors,
            credentials=server_credentials(own, require_client=True),
        )
        with (
            running(server) as address,
            grpc.secure_channel(address, channel_credentials(Fixed(pair).current)) as channel,
        ):
            yield channel

    def _body(self, requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        self.reached += 1
        return requests


class Fixed:
    """Credentials that do not change."""

    def __init__(self, pair: KeyPair) -> None:
        self.current = Credentials(
            Pem(pair.certificate, pair.key, AUTHORITY.pem.certificate), not_after=None
        )


@all_kinds
def test_a_listed_peer_gets_through(kind: RpcKind, make_server: MakeServer) -> None:
    service = Service(make_server, f"/{SERVICE_NAME}/* = {SHOP}")
    with service.channel(AUTHORITY.issue(SHOP, "localhost")) as channel:
        assert (b"request",) == ask(channel, kind).responses
        (line,) = service.log.wait_for("call")
    assert [SHOP, "dns:localhost"] == line["peer_identities"]
    assert 1 == service.reached


@all_kinds
@pytest.mark.parametrize(
    "pair",
    [
        AUTHORITY.issue("spiffe://onlinebooks.internal/other", "marketplace"),
        AUTHORITY.issue("marketplace"),
        AUTHORITY.issue(common_name=SHOP),
        AUTHORITY.issue(),
    ],
    ids=["other", "name of another kind", "common name", "no name"],
)
def test_a_peer_that_is_not_listed_is_refused_before_the_servicer(
    kind: RpcKind, pair: KeyPair, make_server: MakeServer
) -> None:
    service = Service(make_server, f"/{SERVICE_NAME}/* = {SHOP}")
    with service.channel(pair) as channel:
        answer = ask(channel, kind)
        assert (grpc.StatusCode.PERMISSION_DENIED, "permission denied") == (
            answer.code,
            answer.details,
        )
        # It is an expected refusal, not a defect: one line in the access log, none with a stack.
        (line,) = service.log.wait_for("call")
    assert "PERMISSION_DENIED" == line["grpc_code"]
    assert [] == service.log.lines_of("call raised")
    assert 0 == service.reached


def test_each_method_has_its_own_peers(make_server: MakeServer) -> None:
    unary, stream = (METHODS[kind] for kind in (RpcKind.UNARY, RpcKind.BIDI_STREAM))
    service = Service(
        make_server, f"/{SERVICE_NAME}/{unary} = {SHOP}; /{SERVICE_NAME}/{stream} = dns:other"
    )
    with service.channel(AUTHORITY.issue(SHOP)) as channel:
        assert {
            RpcKind.UNARY: grpc.StatusCode.OK,
            RpcKind.CLIENT_STREAM: grpc.StatusCode.PERMISSION_DENIED,
            RpcKind.SERVER_STREAM: grpc.StatusCode.PERMISSION_DENIED,
            RpcKind.BIDI_STREAM: grpc.StatusCode.PERMISSION_DENIED,
        } == {kind: ask(channel, kind).code for kind in RpcKind}


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (f"/{SERVICE_NAME}/* = *", grpc.StatusCode.PERMISSION_DENIED),
        ("/grpc.health.v1.Health/* = *", grpc.StatusCode.OK),
        (f"/grpc.health.v1.Health/Check = {SHOP}", grpc.StatusCode.OK),
    ],
)
def test_health_is_open_only_to_peers_that_the_table_lets_in(
    table: str, code: grpc.StatusCode, make_server: MakeServer
) -> None:
    with Service(make_server, table).channel(AUTHORITY.issue(SHOP)) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        call = stub.Check.future(health_pb2.HealthCheckRequest(), timeout=30)
        assert code == call.code()


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (f"/{SERVICE_NAME}/* = *", grpc.StatusCode.PERMISSION_DENIED),
        (f"* = {SHOP}", grpc.StatusCode.UNIMPLEMENTED),
    ],
)
def test_whether_a_method_exists_is_told_only_to_whom_it_concerns(
    table: str, code: grpc.StatusCode, make_server: MakeServer
) -> None:
    with Service(make_server, table).channel(AUTHORITY.issue(SHOP)) as channel:
        untyped: Any = channel
        call = untyped.unary_unary("/no.such.Service/Method").future(b"", timeout=30)
        assert code == call.code()


def test_a_common_name_counts_if_told_so(make_server: MakeServer) -> None:
    pair = AUTHORITY.issue(common_name="marketplace")
    for told, code in (
        (False, grpc.StatusCode.PERMISSION_DENIED),
        (True, grpc.StatusCode.OK),
    ):
        service = Service(make_server, "* = cn:marketplace", common_name=told)
        with service.channel(pair) as channel:
            assert code == ask(channel, RpcKind.UNARY).code
