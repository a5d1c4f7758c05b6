"""Time along a chain of real servers, and calls that have none left."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
import pytest

from chassis.aio_server import AioServer
from chassis.deadline import close_budget, open_budget, time_left
from chassis.interceptors.call import RpcKind
from chassis.interceptors.client import ClientCall
from chassis.interceptors.client_aio import aio_interceptors
from chassis.interceptors.client_deadline import RemainingTime
from chassis.interceptors.client_threads import intercepted
from chassis.interceptors.deadline import DeadlineBudget
from chassis.service import Service
from chassis.testing.aio_client import aio_ask
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask, four_kinds
from chassis.testing.running import aio_server, connected, running, threaded_server

CAP = 60.0
MARGIN = 2.0
ROUNDING = 0.2
"""What a deadline may gain on the wire, where gRPC rounds it up to tenths of a second."""
all_kinds = pytest.mark.parametrize("kind", RpcKind)


class Chain:
    """Three servers, each of which calls the next, and what each found to be left."""

    def __init__(self) -> None:
        self.left: list[float] = []
        self.told: list[float | None] = []

    def note(self, context: Any) -> None:
        left = time_left()
        assert left is not None
        self.left.append(left)
        remaining = context.time_remaining()
        self.told.append(None if remaining is None or remaining > 10**6 else remaining)


@contextmanager
def three_on_threads(chain: Chain, kind: RpcKind) -> Iterator[str]:
    """Blocking calls, on servers with threads."""

    def server_before(address: str | None) -> Any:
        def body(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            chain.note(context)
            for request in requests:
                if address is None:
                    yield request
                    continue
                with grpc.insecure_channel(address) as channel:
                    onward = intercepted(channel, [RemainingTime(MARGIN)])
                    yield from ask(onward, kind, [request], timeout=None).responses

        return threaded_server([four_kinds(body)], [DeadlineBudget(CAP)])

    with ExitStack() as stack:
        last = stack.enter_context(running(server_before(None)))
        middle = stack.enter_context(running(server_before(last)))
        yield stack.enter_context(running(server_before(middle)))


@contextmanager
def three_on_asyncio(chain: Chain, kind: RpcKind) -> Iterator[str]:
    """Coroutines, on servers with an event loop, over channels of that loop."""

    def server_before(address: str | None) -> AioServer:
        async def relay(request: bytes, context: Any) -> bytes:
            chain.note(context)
            if address is None:
                return request
            options = aio_interceptors([RemainingTime(MARGIN)])
            async with grpc.aio.insecure_channel(address, interceptors=options) as channel:
                return (await aio_ask(channel, kind, [request], timeout=None)).responses[-1]

        async def relay_stream(request: bytes, context: Any) -> Any:
            yield await relay(request, context)

        async def relay_all(requests: Any, context: Any) -> bytes:
            return [await relay(request, context) async for request in requests][-1]

        async def relay_each(requests: Any, context: Any) -> Any:
            async for request in requests:
                yield await relay(request, context)

        handlers: dict[str, Any] = {
            METHODS[RpcKind.UNARY]: grpc.unary_unary_rpc_method_handler(relay),
            METHODS[RpcKind.CLIENT_STREAM]: grpc.stream_unary_rpc_method_handler(relay_all),
            METHODS[RpcKind.SERVER_STREAM]: grpc.unary_stream_rpc_method_handler(relay_stream),
            METHODS[RpcKind.BIDI_STREAM]: grpc.stream_stream_rpc_method_handler(relay_each),
        }

        def add(_: object, server: Any) -> None:
            generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
            server.add_generic_rpc_handlers((generic,))

        return aio_server([Service(SERVICE_NAME, relay, add)], [DeadlineBudget(CAP)])

    with ExitStack() as stack:
        last = stack.enter_context(running(server_before(None)))
        middle = stack.enter_context(running(server_before(last)))
        yield stack.enter_context(running(server_before(middle)))


ThreeServers = Callable[[Chain, RpcKind], Any]
both = pytest.mark.parametrize(
    "three_servers", [three_on_threads, three_on_asyncio], ids=["threads", "asyncio"]
)


@both
@all_kinds
@pytest.mark.parametrize(("timeout", "first"), [(30.0, 30.0), (None, CAP), (3600.0, CAP)], ids=str)
def test_each_server_sees_less_than_the_one_before(
    three_servers: ThreeServers, kind: RpcKind, timeout: float | None, first: float
) -> None:
    """Less by the margin; and a caller that sets no deadline, or too late a one, gets the cap."""
    chain = Chain()
    with three_servers(chain, kind) as address, grpc.insecure_channel(address) as channel:
        assert (b"request",) == ask(channel, kind, timeout=timeout).responses
    front, middle, last = chain.left
    assert first - 20 < front <= first + ROUNDING
    assert middle <= front - MARGIN + ROUNDING
    assert last <= middle - MARGIN + ROUNDING
    # The deadlines themselves are on the wire, for a server that is no chassis' to see.
    told_front, *onward = chain.told
    assert (timeout is None) == (told_front is None)
    for told, left in zip(onward, (middle, last), strict=True):
        assert told is not None
        assert abs(told - left) < 10


@all_kinds
def test_a_call_for_which_nothing_is_left_reaches_nobody(kind: RpcKind) -> None:
    reached = threading.Event()

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        reached.set()
        yield from requests

    with connected(threaded_server([four_kinds(body)])) as plain:
        channel = intercepted(plain, [RemainingTime(MARGIN)])
        open_budget(MARGIN)
        try:
            assert grpc.StatusCode.DEADLINE_EXCEEDED == ask(channel, kind).code
        finally:
            close_budget()
        assert not reached.is_set()
        assert grpc.StatusCode.OK == ask(channel, kind).code


@all_kinds
def test_a_call_for_which_nothing_is_left_reaches_nobody_on_asyncio(kind: RpcKind) -> None:
    reached = threading.Event()

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        reached.set()
        yield from requests

    async def call(address: str) -> grpc.StatusCode:
        open_budget(MARGIN)
        options = aio_interceptors([RemainingTime(MARGIN)])
        async with grpc.aio.insecure_channel(address, interceptors=options) as channel:
            return (await aio_ask(channel, kind)).code

    with running(threaded_server([four_kinds(body)])) as address:
        assert grpc.StatusCode.DEADLINE_EXCEEDED == asyncio.run(call(address))
    assert not reached.is_set()


def timeout_of(asked: float | None) -> float | None:
    """Give the timeout with which a call goes out that asks for one."""
    call = ClientCall.to("/S/M", RpcKind.UNARY, asked, None)
    RemainingTime(MARGIN).begin(call)
    return call.timeout


def test_a_call_that_asks_for_less_gets_that() -> None:
    open_budget(CAP)
    try:
        assert 1.0 == timeout_of(1.0)
        for asked in (None, 3600.0):
            given = timeout_of(asked)
            assert given is not None
            assert CAP - MARGIN - 20 < given <= CAP - MARGIN
    finally:
        close_budget()


@pytest.mark.parametrize("asked", [None, 5.0])
def test_outside_of_a_request_nothing_is_bounded(asked: float | None) -> None:
    assert asked == timeout_of(asked)
