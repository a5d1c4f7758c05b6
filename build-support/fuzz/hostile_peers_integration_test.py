"""Peers that break the protocol harm themselves: a client beside them sees no failure."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from random import Random

import grpc
import pytest

from chassis.testing import http2
from chassis.testing.waiting import wait_until
from fuzz.peers import LEGACY, PEERS, V1, Peer, visit
from fuzz.target import HOST, Kind, Target, ask, running

VISITS = 15
HOSTS = 3
CALLS = 30
CONNECTIONS = 200
SECONDS = 60.0


@pytest.fixture(scope="module", params=["threads", "asyncio"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    kind: Kind = request.param
    with running(kind) as target:
        yield target


class Client:
    """Asks without pause, half the time on a connection of its own; failures are kept."""

    def __init__(self, target: Target) -> None:
        self.calls = 0
        self.failures: list[str] = []
        self._target = target
        self._stopped = threading.Event()

    @contextmanager
    def asking(self) -> Iterator[None]:
        thread = threading.Thread(target=self._ask)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()

    def wait_for_calls(self, count: int) -> None:
        """Wait until it has made so many more."""
        wanted = self.calls + count
        wait_until(lambda: self.calls >= wanted or bool(self.failures), SECONDS)

    def _ask(self) -> None:
        with grpc.insecure_channel(self._target.address) as lasting:
            while not self._stopped.is_set():
                self._ask_once(lasting, V1)
                options = [("grpc.use_local_subchannel_pool", 1)]
                with grpc.insecure_channel(self._target.address, options) as own:
                    self._ask_once(own, LEGACY)

    def _ask_once(self, channel: grpc.Channel, path: str) -> None:
        try:
            ask(channel, path)
        except grpc.RpcError as error:
            self.failures.append(f"{path}: {error}")
        self.calls += 1


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.__name__)
def test_a_client_beside_a_hostile_peer_sees_no_failure(peer: Peer, target: Target) -> None:
    client = Client(target)

    def visit_often(number: int) -> None:
        rng = Random(number)
        for _ in range(VISITS):
            visit((HOST, target.port), peer(rng), patience_seconds=0.02)

    peers = [threading.Thread(target=visit_often, args=(number,)) for number in range(HOSTS)]
    with client.asking():
        for thread in peers:
            thread.start()
        for thread in peers:
            thread.join()
        client.wait_for_calls(CALLS)
    assert [] == client.failures


def half_a_preface(_: int) -> bytes:
    return http2.PREFACE[:10]


def nothing(_: int) -> bytes:
    return b""


def a_call_that_never_goes_on(_: int) -> bytes:
    block = http2.header_block(http2.request_headers(V1))
    opening = http2.PREFACE + http2.settings()
    return opening + http2.frame(http2.HEADERS, http2.END_HEADERS, 1, block)


def a_message_that_never_ends(_: int) -> bytes:
    data = http2.message(b"", length=100)
    return a_call_that_never_goes_on(1) + http2.frame(http2.DATA, 0, 1, data)


@pytest.mark.parametrize(
    "start", [nothing, half_a_preface, a_call_that_never_goes_on, a_message_that_never_ends]
)
def test_a_client_beside_connections_that_never_finish_sees_no_failure(
    start: Callable[[int], bytes], target: Target
) -> None:
    """They stay open all the while: what they have begun waits for ever, as far as they go."""
    client = Client(target)
    with ExitStack() as stack:
        for number in range(CONNECTIONS):
            connection = stack.enter_context(
                closing(socket.create_connection((HOST, target.port), timeout=SECONDS))
            )
            connection.sendall(start(number))
        with client.asking():
            client.wait_for_calls(CALLS)
    assert [] == client.failures
