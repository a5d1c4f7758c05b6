"""What servicers on an event loop may do with their context, and what comes of mistakes."""

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import grpc
import pytest

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import Metadata, Refused, RpcKind, ServerCall, Status
from chassis.interceptors.chain import Ended, Interceptor
from chassis.interceptors.status import StatusMapping
from chassis.service import Service
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Answer, ask, start
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import aio_server, connected
from chassis.testing.uncollected import uncollected
from chassis.testing.waiting import wait_until

SECONDS = 60.0
UNARY, SERVER_STREAM, BIDI = RpcKind.UNARY, RpcKind.SERVER_STREAM, RpcKind.BIDI_STREAM
INTERNAL = "internal error (request id abc-1)"
ID = [("x-request-id", "abc-1")]
MAKE: dict[RpcKind, Any] = {
    UNARY: grpc.unary_unary_rpc_method_handler,
    RpcKind.CLIENT_STREAM: grpc.stream_unary_rpc_method_handler,
    SERVER_STREAM: grpc.unary_stream_rpc_method_handler,
    BIDI: grpc.stream_stream_rpc_method_handler,
}


def service(kind: RpcKind, behavior: Any) -> Service:
    def add(_: object, server: Any) -> None:
        handlers = {METHODS[kind]: MAKE[kind](behavior)}
        generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
        server.add_generic_rpc_handlers((generic,))

    return Service(SERVICE_NAME, behavior, add)


def answer_of(kind: RpcKind, behavior: Any, log: RecordingLog | None = None) -> Answer:
    """Call a method, whose one call is then in the log."""
    log = log or RecordingLog()
    interceptors: list[Interceptor] = [AccessLog(log.logger), StatusMapping({}, log.logger)]
    with connected(aio_server([service(kind, behavior)], interceptors)) as channel:
        answer = ask(channel, kind, metadata=ID)
        log.wait_for("call")
    return answer


# The end, and who is told of it


async def returns(_: Any, __: Any) -> bytes:
    return b""


async def raises(_: Any, __: Any) -> bytes:
    raise ValueError


async def aborts(_: Any, context: Any) -> bytes:
    await context.abort(grpc.StatusCode.ABORTED)
    raise AssertionError


async def is_refused(_: Any, __: Any) -> bytes:
    raise Refused(Status(grpc.StatusCode.ABORTED, "no"))


async def cannot_be_refused(_: Any, __: Any) -> bytes:
    raise Refused(Status(grpc.StatusCode.ABORTED, "no", (("Upper", "x"),)))


async def waits(_: Any, __: Any) -> bytes:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


async def goes_on(_: Any, __: Any) -> bytes:
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        return b""
    raise AssertionError


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    "end", [returns, raises, aborts, is_refused, cannot_be_refused, waits, goes_on]
)
def test_whoever_asked_for_it_is_told_of_every_end_once(end: Any, streams: bool) -> None:
    told: list[Any] = []
    begun, over = threading.Event(), threading.Event()

    def fail(_: Any) -> None:
        raise ValueError

    def note(context: Any) -> None:
        told.append((context, context.done()))
        over.set()

    async def unary(request: Any, context: Any) -> bytes:
        told.append(context)
        context.add_done_callback(fail)  # Of which the next hears nothing.
        context.add_done_callback(note)
        begun.set()
        answer: bytes = await end(request, context)
        return answer

    async def stream(request: Any, context: Any) -> AsyncIterator[bytes]:
        yield await unary(request, context)

    kind = SERVER_STREAM if streams else UNARY
    with connected(aio_server([service(kind, stream if streams else unary)])) as channel:
        call = start(channel, kind, timeout=SECONDS)
        assert begun.wait(SECONDS)
        if end in (waits, goes_on):
            call.cancel()
        assert over.wait(SECONDS)
    context, *rest = told
    assert [(context, True)] == rest


def test_whoever_asks_when_it_is_over_is_told_at_once() -> None:
    kept: list[Any] = []

    async def servicer(_: Any, context: Any) -> bytes:
        kept.append(context)
        return b""

    answer_of(UNARY, servicer)
    told: list[Any] = []
    (context,) = kept
    wait_until(context.done, SECONDS)
    context.add_done_callback(told.append)
    assert [context] == told
    assert ("", {}) == (context.peer(), context.auth_context())


# Aborts


async def aborts_twice(_: Any, context: Any) -> None:
    try:
        await context.abort(grpc.StatusCode.ABORTED, "first", (("own", "1"),))
    except grpc.aio.AbortError:
        await context.abort(grpc.StatusCode.NOT_FOUND, "second", (("own", "2"),))


async def aborts_and_sets_another(_: Any, context: Any) -> bytes:
    try:
        await context.abort(grpc.StatusCode.ABORTED, "first", (("own", "1"),))
    except grpc.aio.AbortError:
        context.set_code(grpc.StatusCode.OK)
        context.set_details("second")
        context.set_trailing_metadata((("own", "2"),))
    return b"a response"


@pytest.mark.parametrize("behavior", [aborts_twice, aborts_and_sets_another])
def test_nothing_changes_an_abort(behavior: Any) -> None:
    answer = answer_of(UNARY, behavior)
    assert (grpc.StatusCode.ABORTED, "first") == (answer.code, answer.details)
    assert ((), ["1"], ["abc-1"]) == (
        answer.responses,
        answer.trailing("own"),
        answer.trailing("x-request-id"),
    )


@pytest.mark.parametrize(
    "use",
    [
        lambda context: context.read(),
        lambda context: context.write(b"late"),
        lambda context: context.send_initial_metadata((("late", "1"),)),
    ],
)
def test_an_aborted_call_is_of_no_use(use: Callable[[Any], Any]) -> None:
    raised: list[type[BaseException]] = []

    async def servicer(_: Any, context: Any) -> None:
        with suppress(grpc.aio.AbortError):
            await context.abort(grpc.StatusCode.ABORTED, "no")
        try:
            await use(context)
        except grpc.aio.AbortError as error:
            raised.append(type(error))

    answer = answer_of(BIDI, servicer)
    assert ((), grpc.StatusCode.ABORTED, "no") == (answer.responses, answer.code, answer.details)
    assert [grpc.aio.AbortError] == raised


@pytest.mark.parametrize("code", [grpc.StatusCode.OK, 0, None, 99, "ABORTED"])
def test_an_abort_is_never_ok(code: Any) -> None:
    async def servicer(_: Any, context: Any) -> None:
        await context.abort(code, "text")

    assert grpc.StatusCode.UNKNOWN == answer_of(UNARY, servicer).code


def test_an_abort_after_responses_is_the_status() -> None:
    async def servicer(_: Any, context: Any) -> AsyncIterator[bytes]:
        yield b"1"
        await context.abort(grpc.StatusCode.ABORTED, "no")

    answer = answer_of(SERVER_STREAM, servicer)
    assert ((b"1",), grpc.StatusCode.ABORTED) == (answer.responses, answer.code)


# Mistakes


def sets(**chosen: Any) -> Any:
    async def servicer(_: Any, context: Any) -> bytes:
        for name, value in chosen.items():
            result = getattr(context, name)(value)
            if result is not None:
                await result
        return b""

    return servicer


@pytest.mark.parametrize("metadata", [(("Upper", "x"),), (("key", "é"),), (("key", 5),), ("key",)])
@pytest.mark.parametrize("method", ["set_trailing_metadata", "send_initial_metadata"])
def test_metadata_that_cannot_be_sent_are_a_defect_of_the_servicer(
    method: str, metadata: Any
) -> None:
    """It is in the log, with the id that the client has."""
    log = RecordingLog()
    answer = answer_of(UNARY, sets(**{method: metadata}), log)
    assert (grpc.StatusCode.INTERNAL, INTERNAL) == (answer.code, answer.details)
    assert ["abc-1"] == [line["request_id"] for line in log.lines_of("call raised")]


def test_so_are_details_that_are_no_text() -> None:
    assert INTERNAL == answer_of(UNARY, sets(set_details=b"bytes")).details


def test_metadata_of_a_refusal_that_cannot_be_sent_stay_inside() -> None:
    answer = answer_of(UNARY, cannot_be_refused)
    assert (grpc.StatusCode.INTERNAL, INTERNAL) == (answer.code, answer.details)


def test_so_is_a_response_written_by_a_method_that_answers_once() -> None:
    async def servicer(_: Any, context: Any) -> bytes:
        await context.write(b"1")
        return b"2"

    answer = answer_of(UNARY, servicer)
    assert ((), INTERNAL) == (answer.responses, answer.details)


def test_so_are_two_writes_at_once() -> None:
    async def servicer(_: Any, context: Any) -> None:
        await asyncio.gather(context.write(b"1"), context.write(b"2"))

    assert INTERNAL == answer_of(BIDI, servicer).details


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.NOT_FOUND),
        (5, grpc.StatusCode.NOT_FOUND),
        (0, grpc.StatusCode.OK),
        (99, grpc.StatusCode.UNKNOWN),
    ],
)
def test_a_code_may_be_a_number(code: Any, seen: grpc.StatusCode) -> None:
    assert seen == answer_of(UNARY, sets(set_code=code)).code


def test_what_is_set_can_be_read() -> None:
    seen: list[Any] = []
    own: Metadata = (("own", "1"),)

    async def servicer(_: Any, context: Any) -> bytes:
        context.set_code(grpc.StatusCode.NOT_FOUND)
        context.set_details("text")
        context.set_trailing_metadata(own)
        seen.append((context.code(), context.details(), context.trailing_metadata()))
        seen.append((context.cancelled(), context.done(), context.time_remaining() > 0))
        seen.append((context.peer_identities(), context.peer_identity_key()))
        seen.append(dict(context.invocation_metadata())["x-request-id"])
        context.set_compression(grpc.Compression.Gzip)
        context.disable_next_message_compression()
        return b""

    answer_of(UNARY, servicer)
    assert [(grpc.StatusCode.NOT_FOUND, "text", own), (False, False, True)] == seen[:2]
    assert [(None, None), "abc-1"] == seen[2:]


# What is left behind


class Own(Exception):
    """Of which it can be seen whether it is still there."""


class RaisesAtTheEnd:
    """Raises when calls end."""

    def __init__(self, raised: Callable[[BaseException], None]) -> None:
        self._raised = raised

    def begin(self, _: ServerCall) -> Ended:
        """See `Interceptor`."""

        def ended(_: BaseException | None) -> None:
            error = Own()
            self._raised(error)
            try:
                raise error
            finally:
                del error

        return ended


@uncollected()
@pytest.mark.parametrize("kind", RpcKind)
def test_of_exceptions_nothing_is_left(kind: RpcKind) -> None:
    """No cycles that wait for a search for garbage: a service has such searches hardly ever."""
    raised: list[weakref.ref[BaseException]] = []

    def note(error: BaseException) -> None:
        raised.append(weakref.ref(error))

    async def once(_: Any, __: Any) -> bytes:
        error = Own()
        note(error)
        try:
            raise error
        finally:
            del error

    async def stream(_: Any, __: Any) -> AsyncIterator[bytes]:
        yield b""
        await once(_, __)

    behavior = stream if kind.response_streaming else once
    with connected(aio_server([service(kind, behavior)], [RaisesAtTheEnd(note)])) as channel:
        for _ in range(5):
            assert grpc.StatusCode.INTERNAL == ask(channel, kind, timeout=SECONDS).code
        wait_until(lambda: 10 == len(raised) and all(each() is None for each in raised), SECONDS)
