"""Messages that cannot be read or written, on both kinds of server and all kinds of call."""

from collections.abc import Iterable
from typing import Any

import grpc
import pytest

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.status import StatusMapping
from chassis.service import Service
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, connected

INTERNALS = "SELECT secret FROM users"
all_kinds = pytest.mark.parametrize("kind", RpcKind)

HANDLERS: dict[RpcKind, Any] = {
    RpcKind.UNARY: grpc.unary_unary_rpc_method_handler,
    RpcKind.CLIENT_STREAM: grpc.stream_unary_rpc_method_handler,
    RpcKind.SERVER_STREAM: grpc.unary_stream_rpc_method_handler,
    RpcKind.BIDI_STREAM: grpc.stream_stream_rpc_method_handler,
}


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def fail(_: Any) -> Any:
    raise ValueError(INTERNALS)


def service(kind: RpcKind, *, deserialize: Any = None, serialize: Any = None) -> Service:
    """Make a service of one method that answers with its requests; works on an event loop too."""

    async def drain(requests: Any) -> list[Any]:
        return [request async for request in requests]

    def once(request: Any, _: Any) -> Any:
        if not kind.request_streaming:
            return request
        return list(request)[-1] if isinstance(request, Iterable) else last(request)

    async def last(requests: Any) -> Any:
        return (await drain(requests))[-1]

    def stream(request: Any, _: Any) -> Any:
        if not kind.request_streaming:
            return iter((request,))
        return iter(request) if isinstance(request, Iterable) else request

    behavior = stream if kind.response_streaming else once
    handler = HANDLERS[kind](behavior, deserialize, serialize)

    def add(_: object, server: Any) -> None:
        handlers = {METHODS[kind]: handler}
        generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
        server.add_generic_rpc_handlers((generic,))

    return Service(SERVICE_NAME, behavior, add)


@all_kinds
def test_messages_pass_through_both_codecs(kind: RpcKind, make_server: MakeServer) -> None:
    served = service(kind, deserialize=bytes.decode, serialize=str.encode)
    with connected(make_server([served])) as channel:
        answer = ask(channel, kind, ["ü".encode()])
    assert (("ü".encode(),), grpc.StatusCode.OK) == (answer.responses, answer.code)


@all_kinds
def test_a_request_that_cannot_be_decoded_is_refused(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """With a fixed text and a line of its own; it is the client's fault, so nothing raised."""
    log = RecordingLog()
    interceptors: list[Interceptor] = [AccessLog(log.logger), StatusMapping({}, log.logger)]
    with connected(make_server([service(kind, deserialize=fail)], interceptors)) as channel:
        answer = ask(channel, kind)
        (line,) = log.wait_for("call")
    assert grpc.StatusCode.INTERNAL == answer.code
    assert "the request cannot be decoded" == answer.details
    assert "INTERNAL" == line["grpc_code"]
    assert [] == log.lines_of("call raised")


@all_kinds
def test_a_response_that_cannot_be_encoded_stays_inside(
    kind: RpcKind, make_server: MakeServer
) -> None:
    log = RecordingLog()
    interceptors: list[Interceptor] = [AccessLog(log.logger), StatusMapping({}, log.logger)]
    with connected(make_server([service(kind, serialize=fail)], interceptors)) as channel:
        answer = ask(channel, kind)
        log.wait_for("call")
    assert grpc.StatusCode.INTERNAL == answer.code
    assert "SELECT" not in repr(answer)
    assert 1 == len(log.lines_of("call raised"))
