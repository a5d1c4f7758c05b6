"""Calls that are there when a server with threads stops."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from chassis import calls_ahead
from chassis.address import join
from chassis.interceptors.call import RpcKind
from chassis.service import Service
from chassis.testing.bodies import echo
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Body, ask, four_kinds
from chassis.testing.many_calls import answered
from chassis.testing.running import HOST, threaded_server

WAIT = 30.0
CALLS = 100
PATH = f"/{SERVICE_NAME}/{METHODS[RpcKind.UNARY]}"


def known_to_grpc(body: Body) -> Service:
    """A service that names its methods to gRPC, as generated code does; each waits apart then."""

    def unary(request: bytes, context: Any) -> bytes:
        return list(body(iter((request,)), context))[-1]

    def add(_: object, server: Any) -> None:
        handlers: Any = {METHODS[RpcKind.UNARY]: grpc.unary_unary_rpc_method_handler(unary)}
        generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
        server.add_generic_rpc_handlers((generic,))
        server.add_registered_method_handlers(SERVICE_NAME, handlers)

    return Service(SERVICE_NAME, body, add)


@pytest.mark.parametrize("service", [four_kinds, known_to_grpc])
def test_of_many_calls_that_have_arrived_a_stop_loses_none(
    service: Callable[[Body], Service],
) -> None:
    """Nor those of which the thread that hears from gRPC, which stands still, has not heard yet."""
    held, arrived, released = (threading.Event() for _ in range(3))

    def hold() -> None:
        held.set()
        released.wait(WAIT)

    at_its_end = iter([hold])

    def body(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        for callback in at_its_end:  # Of the first call alone.
            context.add_callback(callback)
        yield from requests

    server = threaded_server([service(body)])
    port = server.listen(HOST, 0)
    server.start()
    with ThreadPoolExecutor(1) as pool:
        with grpc.insecure_channel(join(HOST, port)) as channel:
            assert grpc.StatusCode.OK == ask(channel, RpcKind.UNARY).code
        assert held.wait(WAIT)
        calls = pool.submit(answered, port, PATH, CALLS, arrived.set)
        assert arrived.wait(WAIT)
        stopped = server.stop(WAIT)
        released.set()
        assert CALLS == calls.result(WAIT)
    assert stopped.wait(WAIT)
    server.close()


def test_a_server_that_is_not_as_expected_is_started_its_own_way() -> None:
    """Calls are taken one at a time then, as grpcio does it."""

    class Unknown:
        started = 0

        def start(self) -> None:
            self.started += 1

    server = Unknown()
    calls_ahead.start(server)
    assert 1 == server.started


def test_a_server_with_its_calls_asked_for_starts_once() -> None:
    """The second start is grpcio's error, and leaves what the first has asked for."""
    server: Any = grpc.server(ThreadPoolExecutor(1))
    four_kinds(echo).add(None, server)
    port = server.add_insecure_port(join(HOST, 0))
    calls_ahead.start(server)
    with pytest.raises(ValueError, match="already-started"):
        calls_ahead.start(server)
    with grpc.insecure_channel(join(HOST, port)) as channel:
        assert grpc.StatusCode.OK == ask(channel, RpcKind.UNARY).code
    assert server.stop(0).wait(WAIT)
