"""Connections that grow old, fall silent, or lose their server: clients notice nothing of it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
import pytest

from chassis.channel import ChannelSettings, Keepalive, channel_options, open_channel
from chassis.interceptors.call import RpcKind
from chassis.server_options import MIN_CLIENT_PING_SECONDS, ServerOptions
from chassis.testing.certificates import Authority
from chassis.testing.four_kinds import Answer, ask, four_kinds, start
from chassis.testing.frame_relay import ACK, ENHANCE_YOUR_CALM, GOAWAY, PING, FrameRelay
from chassis.testing.kept_port import kept_port
from chassis.testing.running import BOTH, HOST, MakeServer, aio_server, running, threaded_server

WAIT = 30.0
OK = grpc.StatusCode.OK
# What matters is how the times relate. gRPC's clients ping once a second at most.
SCALE = 1 / Keepalive().interval_seconds


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def peer(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
    """Answer with the client's address, by which connections can be told apart."""
    yield from (context.peer().encode() for _ in requests)


def call(channel: grpc.Channel) -> Answer:
    return ask(channel, RpcKind.UNARY, timeout=WAIT)


@contextmanager
def relayed(make_server: MakeServer, options: ServerOptions) -> Iterator[FrameRelay]:
    with (
        running(make_server([four_kinds(peer)], options=options)) as address,
        FrameRelay(int(address.rpartition(":")[2])) as relay,
    ):
        yield relay


# ---- Age ----


def test_a_client_that_was_idle_when_its_connection_grew_old_opens_another(
    make_server: MakeServer,
) -> None:
    """It was told, so its next call does not fail."""
    options = ServerOptions(max_connection_age_seconds=0.2)
    with (
        relayed(make_server, options) as relay,
        open_channel(relay.host, relay.port, ChannelSettings()) as channel,
    ):
        assert OK == call(channel).code
        relay.wait_until(lambda: relay.ended >= 1)
        assert relay.frames(GOAWAY, from_client=False)
        assert OK == call(channel).code
        assert relay.connections >= 2


def test_no_call_is_lost_when_connections_grow_old_under_load(make_server: MakeServer) -> None:
    options = ServerOptions(threads=4, max_connection_age_seconds=0.1)
    server = make_server([four_kinds(peer)], options=options)
    peers: set[bytes] = set()
    codes: set[grpc.StatusCode] = set()

    end = time.monotonic() + WAIT

    def visit(channel: grpc.Channel) -> None:
        while len(peers) < 10 and codes <= {OK} and time.monotonic() < end:
            answer = call(channel)
            codes.add(answer.code)
            peers.update(answer.responses)

    with (
        running(server) as address,
        open_channel(HOST, int(address.rpartition(":")[2]), ChannelSettings()) as channel,
    ):
        visitors = [threading.Thread(target=visit, args=(channel,)) for _ in range(4)]
        for each in visitors:
            each.start()
        for each in visitors:
            each.join(WAIT)
    assert {OK} == codes
    assert len(peers) >= 10


@pytest.mark.parametrize("grace", [WAIT, 0.05])
def test_a_call_may_outlive_its_connection_by_the_grace_period(
    make_server: MakeServer, grace: float
) -> None:
    options = ServerOptions(max_connection_age_seconds=0.1, max_connection_age_grace_seconds=grace)
    let_go = threading.Event()

    def slow(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(let_go.set)
        let_go.wait(WAIT)
        yield from requests

    with (
        running(make_server([four_kinds(slow)], options=options)) as address,
        FrameRelay(int(address.rpartition(":")[2])) as relay,
        open_channel(relay.host, relay.port, ChannelSettings()) as channel,
        ExitStack() as at_end,
    ):
        at_end.callback(let_go.set)
        held = start(channel, RpcKind.UNARY, timeout=WAIT)
        relay.wait_until(lambda: bool(relay.frames(GOAWAY, from_client=False)))
        if grace == WAIT:
            let_go.set()
            assert b"request" == held.result()
        else:
            assert grpc.StatusCode.UNAVAILABLE == held.code()


# ---- Silence ----


def test_a_client_that_closed_an_idle_connection_itself_opens_another(
    make_server: MakeServer,
) -> None:
    """As gRPC does after half an hour without calls; here after its least, a second."""
    idle = ("grpc.client_idle_timeout_ms", 1000)
    with relayed(make_server, ServerOptions()) as relay:
        options = [*channel_options(ChannelSettings(connect_seconds=WAIT)), idle]
        with grpc.insecure_channel(f"{relay.host}:{relay.port}", options) as channel:
            assert OK == call(channel).code
            relay.wait_until(lambda: relay.ended == 1)
            assert OK == call(channel).code
            assert 2 == relay.connections


def pings(relay: FrameRelay) -> int:
    return sum(not each.flags & ACK for each in relay.frames(PING, from_client=True))


def test_clients_that_ping_as_ours_do_are_never_sent_away(make_server: MakeServer) -> None:
    """Though they have no calls. Their interval and the servers' least are those of production."""
    client = Keepalive(Keepalive().interval_seconds * SCALE, timeout_seconds=WAIT)
    settings = ChannelSettings(keepalive=client, connect_seconds=WAIT)
    options = ServerOptions(min_client_ping_seconds=MIN_CLIENT_PING_SECONDS * SCALE)
    with (
        relayed(make_server, options) as relay,
        open_channel(relay.host, relay.port, settings) as channel,
    ):
        assert OK == call(channel).code
        relay.wait_until(lambda: pings(relay) >= 5)
        assert [] == relay.frames(GOAWAY, from_client=False)
        assert OK == call(channel).code
        assert 1 == relay.connections


def test_clients_that_ping_more_often_than_allowed_are_sent_away(make_server: MakeServer) -> None:
    """So the test above would notice."""
    often = Keepalive(interval_seconds=1.0)
    options = ServerOptions(min_client_ping_seconds=1.5)
    with (
        relayed(make_server, options) as relay,
        open_channel(relay.host, relay.port, ChannelSettings(keepalive=often)) as channel,
    ):
        assert OK == call(channel).code
        relay.wait_until(lambda: bool(relay.frames(GOAWAY, from_client=False)))
        goaway, *_ = relay.frames(GOAWAY, from_client=False)
        assert ENHANCE_YOUR_CALM == goaway.goaway_code


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_peers_that_never_say_what_they_want_are_cut_off(kind: str, secure: bool) -> None:
    make = threaded_server if kind == "threads" else aio_server
    pair = Authority.create().issue(HOST)
    credentials = grpc.ssl_server_credentials([(pair.key, pair.certificate)]) if secure else None
    options = ServerOptions(handshake_seconds=0.2)
    server = make([four_kinds(peer)], options=options, credentials=credentials)
    with (
        running(server) as address,
        socket.create_connection((HOST, int(address.rpartition(":")[2])), WAIT) as silent,
    ):
        while silent.recv(4096):  # It may say its part first.
            pass


# ---- A server that goes and comes back ----


def test_an_idle_client_finds_a_server_that_was_restarted_before_it_calls(
    make_server: MakeServer,
) -> None:
    """It connects again on its own, so no call has to fail for it to find out."""
    states: list[grpc.ChannelConnectivity] = []
    changed = threading.Condition()

    def note(state: grpc.ChannelConnectivity) -> None:
        with changed:
            states.append(state)
            changed.notify_all()

    def wait_for(state: grpc.ChannelConnectivity) -> None:
        with changed:
            assert changed.wait_for(lambda: states[-1:] == [state], WAIT), states

    with kept_port(HOST) as port, ExitStack() as stack:
        with running(make_server([four_kinds(peer)]), port):
            settings = ChannelSettings(reconnect_seconds=0.2)
            channel = stack.enter_context(open_channel(HOST, port, settings))
            assert OK == call(channel).code
            channel.subscribe(note)
            wait_for(grpc.ChannelConnectivity.READY)
        wait_for(grpc.ChannelConnectivity.TRANSIENT_FAILURE)
        stack.enter_context(running(make_server([four_kinds(peer)]), port))
        wait_for(grpc.ChannelConnectivity.READY)
        assert OK == call(channel).code
        channel.unsubscribe(note)
