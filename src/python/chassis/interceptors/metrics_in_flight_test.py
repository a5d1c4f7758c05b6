"""Calls that last, and calls whose client goes away, are counted once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from chassis.interceptors.call import RpcKind
from chassis.testing.counted_calls import Counted
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Body, ask, four_kinds, start
from chassis.testing.process import python_environment
from chassis.testing.running import BOTH, MakeServer, connected, running

WAIT = 30.0
all_kinds = pytest.mark.parametrize("kind", RpcKind)


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


@all_kinds
def test_a_call_is_in_flight_until_it_ends(kind: RpcKind, make_server: MakeServer) -> None:
    """Also if its client cancels it."""
    counted = Counted()
    reached, ended = threading.Event(), threading.Event()

    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(ended.set)
        reached.set()
        assert ended.wait(WAIT)
        yield b""

    with connected(make_server([four_kinds(body)], counted.interceptors)) as channel:
        call = start(channel, kind)
        assert reached.wait(WAIT)
        assert 1 == counted.value("grpc_server_in_flight", kind)
        call.cancel()
        counted.log.wait_for("call", seconds=WAIT)
    assert 0 == counted.value("grpc_server_in_flight", kind)
    assert 1 == counted.value("grpc_server_handled_total", kind, grpc_code="CANCELLED")


def waiting_for_the_end(reached: threading.Event) -> Body:
    """Go on until the call has ended for its client."""

    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        ended = threading.Event()
        is_there = context.add_callback(ended.set)
        reached.set()
        assert not is_there or ended.wait(WAIT)
        yield b""

    return body


@all_kinds
def test_a_client_that_closes_its_channel_is_counted_once(
    kind: RpcKind, make_server: MakeServer
) -> None:
    counted = Counted()
    reached = threading.Event()
    services = [four_kinds(waiting_for_the_end(reached))]
    with running(make_server(services, counted.interceptors)) as address:
        with grpc.insecure_channel(address) as channel:
            call = start(channel, kind)
            assert reached.wait(WAIT)
        del call
        counted.log.wait_for("call", seconds=WAIT)
    assert {"CANCELLED": 1.0} == counted.codes(kind)
    assert 0 == counted.value("grpc_server_in_flight", kind)


@all_kinds
def test_a_client_whose_time_is_over_is_counted_once(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """Its clock and the server's say so in either order: then it has cancelled, or is too late."""
    for timeout in (1.0, WAIT):
        counted = Counted()
        reached = threading.Event()
        services = [four_kinds(waiting_for_the_end(reached))]
        with connected(make_server(services, counted.interceptors)) as channel:
            ask(channel, kind, timeout=timeout)
            if reached.is_set():  # It may come too late for a thread to begin with it.
                counted.log.wait_for("call", seconds=WAIT)
                break
    assert counted.codes(kind) in ({"DEADLINE_EXCEEDED": 1.0}, {"CANCELLED": 1.0})
    assert 0 == counted.value("grpc_server_in_flight", kind)


CALLING = """
import sys, grpc
channel = grpc.insecure_channel(sys.argv[1])
getattr(channel, sys.argv[2])(sys.argv[3])(b"" if "unary_" in sys.argv[2] else iter([b""]))
"""


@pytest.mark.parametrize(
    ("kind", "name"), [(RpcKind.UNARY, "unary_unary"), (RpcKind.CLIENT_STREAM, "stream_unary")]
)
def test_a_client_that_is_killed_is_counted_once(
    kind: RpcKind, name: str, make_server: MakeServer
) -> None:
    """Its connection breaks off, and nothing says why."""
    counted = Counted()
    reached = threading.Event()
    services = [four_kinds(waiting_for_the_end(reached))]
    with running(make_server(services, counted.interceptors)) as address:
        path = f"/{SERVICE_NAME}/{METHODS[kind]}"
        command = [sys.executable, "-c", CALLING, address, name, path]
        with subprocess.Popen(command, env=python_environment()) as client:
            assert reached.wait(WAIT)
            client.kill()
        counted.log.wait_for("call", seconds=WAIT)
    assert {"CANCELLED": 1.0} == counted.codes(kind)
    assert 0 == counted.value("grpc_server_in_flight", kind)
