"""A call that has not said what it asks for keeps no thread, and ends like any other."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import Queue
from typing import Any

import grpc
import pytest

from chassis.address import join
from chassis.call_pool import CallPool
from chassis.interceptors.call import RpcKind
from chassis.request_first import RequestFirst
from chassis.testing.bodies import echo
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Body, ask, four_kinds, start
from chassis.testing.running import HOST
from chassis.testing.waiting import wait_until

WAIT = 30.0
single_request = pytest.mark.parametrize(
    "kind", [kind for kind in RpcKind if not kind.request_streaming]
)


@contextmanager
def served(pool: CallPool, body: Body = echo) -> Iterator[grpc.Channel]:
    """Serve with the threads of a pool, and give a channel to the server."""
    untyped: Any = RequestFirst(pool)
    server = grpc.server(untyped)
    four_kinds(body).add(None, server)
    port = server.add_insecure_port(join(HOST, 0))
    server.start()
    try:
        with grpc.insecure_channel(join(HOST, port)) as channel:
            yield channel
    finally:
        assert server.stop(0).wait(WAIT)


class Silent:
    """A call of a method that takes one request, by a client that sends it when told to."""

    def __init__(self, channel: grpc.Channel, kind: RpcKind) -> None:
        self._requests: Queue[bytes | None] = Queue()
        untyped: Any = channel
        path = f"/{SERVICE_NAME}/{METHODS[kind]}"
        self.call = untyped.stream_stream(path)(iter(self._requests.get, None), timeout=WAIT)

    def send(self, request: bytes) -> None:
        self._requests.put(request)
        self.end()

    def end(self) -> None:
        self._requests.put(None)


@single_request
def test_calls_without_their_requests_keep_no_thread(kind: RpcKind) -> None:
    """They are counted, and go on once they say what they ask for."""
    with CallPool(1, 1, "test") as pool, served(pool) as channel:
        silent = [Silent(channel, kind) for _ in range(3)]
        wait_until(lambda: pool.unfinished == 3)
        for each in RpcKind:
            assert (b"request",) == ask(channel, each, timeout=WAIT).responses
        for number, one in enumerate(silent):
            one.send(b"%d" % number)
        assert [[b"0"], [b"1"], [b"2"]] == [list(one.call) for one in silent]
        wait_until(lambda: pool.unfinished == 0)


@single_request
def test_a_call_that_ends_without_a_request_is_told_so(kind: RpcKind) -> None:
    with CallPool(1, 1, "test") as pool, served(pool) as channel:
        silent = Silent(channel, kind)
        silent.end()
        with pytest.raises(grpc.RpcError):
            list(silent.call)
        assert grpc.StatusCode.UNIMPLEMENTED == silent.call.code()
        assert "requires exactly one request message" in silent.call.details()
        wait_until(lambda: pool.unfinished == 0)


@single_request
def test_a_call_that_is_cancelled_before_its_request_leaves_nothing(kind: RpcKind) -> None:
    with CallPool(1, 1, "test") as pool, served(pool) as channel:
        silent = [Silent(channel, kind) for _ in range(3)]
        wait_until(lambda: pool.unfinished == 3)
        for each in silent:
            each.call.cancel()
            each.end()
        wait_until(lambda: pool.unfinished == 0)
        assert (b"request",) == ask(channel, kind).responses


@single_request
def test_a_call_that_is_cancelled_in_line_is_not_handled(kind: RpcKind) -> None:
    release, handled = threading.Event(), Queue[bytes]()

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        handled.put(next(requests))
        assert release.wait(WAIT)
        yield b""

    with CallPool(1, 1, "test") as pool, served(pool, body) as channel, ExitStack() as at_end:
        at_end.callback(release.set)
        first = start(channel, kind, [b"first"])
        assert b"first" == handled.get(timeout=WAIT)
        others = [start(channel, kind, [b"cancelled"]) for _ in range(3)]
        wait_until(lambda: pool.unfinished == 4)
        for each in others:
            each.cancel()
        # What the server hears of a connection, it hears in order.
        path = f"/{SERVICE_NAME}/{METHODS[RpcKind.BIDI_STREAM]}"
        untyped: Any = channel
        last = untyped.stream_stream(path)(iter([b"last"]), timeout=WAIT)
        wait_until(lambda: pool.unfinished == 5)
        release.set()
        assert [b""] == list(last)
        assert b"last" == handled.get(timeout=WAIT)
        assert handled.empty()
        first.cancel()


@single_request
def test_a_server_stops_while_requests_are_awaited(kind: RpcKind) -> None:
    with CallPool(1, 1, "test") as pool:
        with served(pool) as channel:
            silent = Silent(channel, kind)
            wait_until(lambda: pool.unfinished == 1)
        silent.end()
        wait_until(lambda: pool.unfinished == 0)


@pytest.mark.parametrize("kind", RpcKind)
def test_a_server_counts_its_calls_to_their_end(kind: RpcKind) -> None:
    """Or its own bound would refuse all calls after so many."""
    untyped: Any = RequestFirst(pool := CallPool(1, 1, "test"))
    server = grpc.server(untyped, maximum_concurrent_rpcs=3)
    four_kinds(echo).add(None, server)
    port = server.add_insecure_port(join(HOST, 0))
    server.start()
    with pool, grpc.insecure_channel(join(HOST, port)) as channel:
        for _ in range(10):
            # The end of a call is counted a little after its client has seen it.
            wait_until(lambda: pool.unfinished == 0)
            assert grpc.StatusCode.OK == ask(channel, kind).code
        assert server.stop(0).wait(WAIT)


def test_what_is_no_call_is_just_run() -> None:
    with CallPool(1, 1, "test") as pool:
        assert 7 == RequestFirst(pool).submit(int, "7").result(WAIT)
