"""Spans of calls that we make, and their way to the server."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from chassis.interceptors.call import RpcKind
from chassis.interceptors.client import ClientCall, ClientInterceptor
from chassis.interceptors.client_aio import aio_interceptors
from chassis.interceptors.client_threads import intercepted
from chassis.testing.aio_client import aio_ask
from chassis.testing.bodies import echo
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Answer, ask, four_kinds
from chassis.testing.otlp_collector import ReceivedSpan
from chassis.testing.running import BOTH, MakeServer, connected, running, threaded_server
from chassis.testing.traced import Traced, traced

all_kinds = pytest.mark.parametrize("kind", RpcKind)
SECRET = "SELECT card FROM readers"  # noqa: S105 - what must not leak.
STALE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

Ask = Callable[[str, ClientInterceptor, RpcKind], Answer]


def on_threads(address: str, interceptor: ClientInterceptor, kind: RpcKind) -> Answer:
    with grpc.insecure_channel(address) as channel:
        return ask(intercepted(channel, [interceptor]), kind, metadata=[("traceparent", STALE)])


def on_asyncio(address: str, interceptor: ClientInterceptor, kind: RpcKind) -> Answer:
    async def call() -> Answer:
        options = aio_interceptors([interceptor])
        async with grpc.aio.insecure_channel(address, interceptors=options) as channel:
            return await aio_ask(channel, kind, metadata=[("traceparent", STALE)])

    return asyncio.run(call())


@pytest.fixture(params=[on_threads, on_asyncio], ids=["threads", "asyncio"])
def asked(request: pytest.FixtureRequest) -> Ask:
    made: Ask = request.param
    return made


@pytest.fixture()
def to() -> Iterator[Traced]:
    with traced() as made:
        yield made


def by_kind(spans: list[ReceivedSpan]) -> dict[str, ReceivedSpan]:
    return {span.kind: span for span in spans}


@all_kinds
@pytest.mark.parametrize("make_server", BOTH, ids=["to threads", "to asyncio"])
def test_the_servers_span_is_a_child_of_the_clients(
    kind: RpcKind, make_server: MakeServer, asked: Ask, to: Traced
) -> None:
    """Whatever trace the caller had put into the metadata itself."""
    server = make_server([four_kinds(echo)], [to.tracing.of_server()])
    with running(server) as address:
        assert (b"request",) == asked(address, to.tracing.of_client("shop", 50051), kind).responses
        spans = by_kind(to.collector.wait_for(2))
    client, server_span = spans["CLIENT"], spans["SERVER"]
    assert "" == client.parent_id
    assert (client.trace_id, client.span_id) == (server_span.trace_id, server_span.parent_id)
    method = f"{SERVICE_NAME}/{METHODS[kind]}"
    assert method == client.name
    assert {
        "rpc.system.name": "grpc",
        "rpc.method": method,
        "rpc.response.status_code": "OK",
        "server.address": "shop",
        "server.port": 50051,
    } == client.attributes


def test_what_the_caller_had_put_into_the_metadata_of_a_trace_is_replaced(to: Traced) -> None:
    sent: list[tuple[str, str | bytes]] = [
        ("traceparent", STALE),
        ("tracestate", "a=1"),
        ("x-request-id", "abc"),
    ]
    call = ClientCall.to("/S/M", RpcKind.UNARY, None, sent)
    to.tracing.of_client("shop", 50051).begin(call)
    kept, added = call.metadata
    assert ("x-request-id", "abc") == kept
    assert "traceparent" == added[0]
    assert STALE != added[1]


@all_kinds
def test_a_failed_call_is_told_by_its_code_alone(kind: RpcKind, asked: Ask, to: Traced) -> None:
    """To a client every code but OK is an error."""

    def failing(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        list(requests)
        context.abort(grpc.StatusCode.NOT_FOUND, SECRET)
        yield b""

    with running(threaded_server([four_kinds(failing)])) as address:
        asked(address, to.tracing.of_client("shop", 50051), kind)
        (span,) = to.collector.wait_for()
    assert span.failed
    assert "NOT_FOUND" == span.attributes["rpc.response.status_code"]
    assert "NOT_FOUND" == span.attributes["error.type"]
    assert SECRET.encode() not in span.wire


@pytest.mark.parametrize("make_server", BOTH, ids=["threads", "asyncio"])
def test_a_call_that_a_servicer_makes_continues_its_trace(
    make_server: MakeServer, to: Traced
) -> None:
    behind = threaded_server([four_kinds(echo)], [to.tracing.of_server()])
    with connected(behind) as plain:
        onward = intercepted(plain, [to.tracing.of_client("behind", 1)])

        def passing_on(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
            yield from ask(onward, RpcKind.UNARY, requests).responses

        with connected(make_server([four_kinds(passing_on)], [to.tracing.of_server()])) as channel:
            ask(channel, RpcKind.UNARY)
            spans = to.collector.wait_for(3)
    assert 1 == len({span.trace_id for span in spans})
    parents = {span.span_id: span.parent_id for span in spans}
    (client,) = (span for span in spans if span.kind == "CLIENT")
    (first,) = (span for span in spans if span.parent_id == "")
    (last,) = (span for span in spans if span.parent_id == client.span_id)
    assert {first.span_id: "", client.span_id: first.span_id, last.span_id: client.span_id} == (
        parents
    )
