"""What a server allows, and whom it lets finish."""

import socket
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from chassis.address import ListenError
from chassis.interceptors.call import RpcKind
from chassis.server_options import ServerOptions
from chassis.testing import http2
from chassis.testing.bodies import echo
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask, four_kinds
from chassis.testing.http2_client import Http2Client
from chassis.testing.running import BOTH, HOST, STOP_SECONDS, MakeServer, connected, running


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


@pytest.mark.parametrize(
    ("size", "code"), [(1000, grpc.StatusCode.OK), (1001, grpc.StatusCode.RESOURCE_EXHAUSTED)]
)
@pytest.mark.parametrize("kind", RpcKind)
def test_requests_are_bounded(
    kind: RpcKind, size: int, code: grpc.StatusCode, make_server: MakeServer
) -> None:
    options = ServerOptions(max_request_bytes=1000)
    with connected(make_server([four_kinds(echo)], options=options)) as channel:
        assert code == ask(channel, kind, [b"x" * size]).code


def test_metadata_is_bounded_and_the_connection_goes_on(make_server: MakeServer) -> None:
    options = ServerOptions(max_metadata_bytes=4096)
    with connected(make_server([four_kinds(echo)], options=options)) as channel:
        answer = ask(channel, RpcKind.UNARY, metadata=[("padding", "x" * 8192)])
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == answer.code
        assert grpc.StatusCode.OK == ask(channel, RpcKind.UNARY).code


def test_a_port_belongs_to_one_server(make_server: MakeServer) -> None:
    server = make_server([])
    port = server.listen("127.0.0.1", 0)
    server.start()
    try:
        with pytest.raises(ListenError, match=f"127.0.0.1:{port}: Address already in use"):
            make_server([]).listen("127.0.0.1", port)
    finally:
        server.stop(0).wait(30)
        server.close()


def test_servers_share_a_port_if_told_so(make_server: MakeServer) -> None:
    options = ServerOptions(share_port=True)
    servers = [make_server([], options=options) for _ in range(2)]
    port = servers[0].listen("127.0.0.1", 0)
    assert port == servers[1].listen("127.0.0.1", port)
    for server in servers:
        server.stop(0).wait(30)
        server.close()


def test_a_shared_port_that_is_taken_is_an_error_too(make_server: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = make_server([], options=ServerOptions(share_port=True))
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port}"):
            server.listen("127.0.0.1", port)


def test_a_client_may_say_all_before_a_server_that_stops_answers_it(
    make_server: MakeServer,
) -> None:
    """The last answer closes a connection: who still sends finds it broken, and loses answers."""
    handled: list[bytes] = []

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        handled.append(next(requests))
        yield b""

    server = make_server([four_kinds(body)], options=ServerOptions(threads=1))
    path = f"/{SERVICE_NAME}/{METHODS[RpcKind.UNARY]}"
    with running(server) as address, Http2Client((HOST, int(address.split(":")[1]))) as client:
        client.call(path, half=True)
        client.begin_another(path, 3)
        client.arrive()
        server.stop(STOP_SECONDS)
        client.wait_for(http2.GOAWAY)
        client.send(1, b"says more", end=False)
        client.send(3, b"has said all", end=True)
        client.wait_for_end()
        assert [b"has said all"] == handled
        client.send(1, end=True)
        client.wait_for_end()
        assert [b"has said all", b"says more"] == handled
