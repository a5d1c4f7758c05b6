"""What servicers on an event loop may look like."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import Refused, RpcKind, Status
from chassis.service import Service
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Answer, ask
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import aio_server, connected

NOT_YET = Status(grpc.StatusCode.FAILED_PRECONDITION, "not yet", (("own", "1"),))


def answer_of(kind: RpcKind, behavior: Any, log: RecordingLog) -> Answer:
    """Call a server whose one method is `behavior`, twice upper case."""
    make: Any = {
        RpcKind.UNARY: grpc.unary_unary_rpc_method_handler,
        RpcKind.BIDI_STREAM: grpc.stream_stream_rpc_method_handler,
    }[kind]
    handlers = {METHODS[kind]: make(behavior, bytes.decode, str.encode)}

    def add(_: object, server: Any) -> None:
        generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
        server.add_generic_rpc_handlers((generic,))

    server = aio_server([Service(SERVICE_NAME, behavior, add)], [AccessLog(log.logger)])
    with connected(server) as channel:
        answer = ask(channel, kind, [b"a", b"b"], metadata=[("x-request-id", "abc-1")])
        log.wait_for("call")
    return answer


async def coroutine(request: str, _: Any) -> str:
    return request.upper()


def plain(request: str, _: Any) -> str:
    return request.upper()


async def generator(requests: AsyncIterator[str], _: Any) -> AsyncIterator[str]:
    async for request in requests:
        yield request.upper()


def plain_generator(_: AsyncIterator[str], __: Any) -> Iterator[str]:
    yield "A"
    yield "B"


async def writer(requests: AsyncIterator[str], context: Any) -> None:
    async for request in requests:
        await context.write(request.upper())


async def reader_and_writer(_: AsyncIterator[str], context: Any) -> None:
    while (request := await context.read()) is not grpc.aio.EOF:
        await context.write(request.upper())


async def giver_of_an_iterator(_: AsyncIterator[str], __: Any) -> Iterator[str]:
    return iter(("A", "B"))


@pytest.mark.parametrize("behavior", [coroutine, plain])
def test_methods_that_answer_once(behavior: Any) -> None:
    answer = answer_of(RpcKind.UNARY, behavior, RecordingLog())
    assert ((b"A",), grpc.StatusCode.OK) == (answer.responses, answer.code)
    assert ["abc-1"] == answer.trailing("x-request-id")


@pytest.mark.parametrize(
    "behavior", [generator, plain_generator, writer, reader_and_writer, giver_of_an_iterator]
)
def test_methods_that_stream(behavior: Any) -> None:
    answer = answer_of(RpcKind.BIDI_STREAM, behavior, RecordingLog())
    assert ((b"A", b"B"), grpc.StatusCode.OK) == (answer.responses, answer.code)
    assert ["abc-1"] == answer.trailing("x-request-id")


async def aborting(_: str, context: Any) -> None:
    await context.abort(NOT_YET.code, NOT_YET.details, tuple(NOT_YET.metadata))


async def aborting_with_status(_: str, context: Any) -> None:
    status: Any = type("Refusal", (grpc.Status,), {})()
    status.code, status.details = NOT_YET.code, NOT_YET.details
    status.trailing_metadata = tuple(NOT_YET.metadata)
    await context.abort_with_status(status)


async def aborting_and_going_on(_: str, context: Any) -> None:
    """Not allowed, and still the status is the one that was sent."""
    try:
        await context.abort(NOT_YET.code, NOT_YET.details, tuple(NOT_YET.metadata))
    except grpc.aio.AbortError:
        raise ValueError("confused") from None


async def aborting_and_cancelled(_: str, context: Any) -> None:
    """As gRPC may cancel a handler once the status is on its way."""
    try:
        await context.abort(NOT_YET.code, NOT_YET.details, tuple(NOT_YET.metadata))
    except grpc.aio.AbortError:
        raise asyncio.CancelledError from None


async def refusing(_: str, __: Any) -> None:
    raise Refused(NOT_YET)


@pytest.mark.parametrize(
    "behavior",
    [
        aborting,
        aborting_with_status,
        aborting_and_going_on,
        aborting_and_cancelled,
        refusing,
    ],
)
def test_a_status_of_the_servicers_choice_arrives_with_its_metadata(behavior: Any) -> None:
    log = RecordingLog()
    answer = answer_of(RpcKind.UNARY, behavior, log)
    assert (NOT_YET.code, NOT_YET.details) == (answer.code, answer.details)
    assert (["1"], ["abc-1"]) == (answer.trailing("own"), answer.trailing("x-request-id"))
    assert "FAILED_PRECONDITION" == log.lines_of("call")[0]["grpc_code"]
