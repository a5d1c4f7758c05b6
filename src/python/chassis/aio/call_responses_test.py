"""What is sent to a client: responses, metadata, compressed or not."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import IncomingCall
from chassis.testing.four_kinds import start
from chassis.testing.http2_client import Http2Client
from chassis.testing.loop_calls import BIDI, outcome_of
from chassis.testing.loop_serving import SECONDS, serving

OK, ABORTED = 0, 10


def test_responses_are_written_in_order() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        for response in (b"1", b"", b"3"):
            await call.write(response)
        call.finish(OK, trailing=(("key", "value"),))

    answer, _ = outcome_of(serve)
    assert ((b"1", b"", b"3"), grpc.StatusCode.OK) == (answer.responses, answer.code)
    assert ["value"] == answer.trailing("key")


def test_two_may_not_write_at_once() -> None:
    """gRPC would not take the second, and nobody would hear of it."""

    async def serve(call: IncomingCall, _: bytes | None) -> Any:
        results = await asyncio.gather(call.write(b"1"), call.write(b"2"), return_exceptions=True)
        await call.write(b"3")
        call.finish(OK)
        return results

    answer, (first, second) = outcome_of(serve)
    assert first is None
    assert isinstance(second, grpc.aio.UsageError)
    assert (b"1", b"3") == answer.responses


def test_whoever_is_cancelled_while_writing_has_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        writing = asyncio.ensure_future(call.write(b"1"))
        await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing])
        assert writing.cancelled()
        call.finish(OK)

    answer, _ = outcome_of(serve)
    assert ((b"1",), grpc.StatusCode.OK) == (answer.responses, answer.code)
    assert [] == caplog.messages


def test_a_status_takes_no_response_along_while_another_is_on_its_way() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        writing = asyncio.ensure_future(call.write(b"1"))
        await asyncio.sleep(0)
        call.finish(OK, response=b"2")
        await writing

    answer, _ = outcome_of(serve)
    assert ((b"1",), grpc.StatusCode.INTERNAL) == (answer.responses, answer.code)


@pytest.mark.parametrize("use", [lambda call: call.write(b"2"), lambda call: call.begin_answer(())])
def test_after_the_status_nothing_is_sent(use: Callable[[IncomingCall], Any]) -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        call.finish(OK)
        with pytest.raises((grpc.aio.UsageError, ValueError), match="sent already"):
            await use(call)

    answer, error = outcome_of(serve)
    assert ((), grpc.StatusCode.OK) == (answer.responses, answer.code)
    assert error is None


def test_initial_metadata_are_sent_once_and_before_all_else() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        await call.begin_answer((("key", "value"),))
        with pytest.raises(ValueError, match="sent already"):
            await call.begin_answer(())
        with pytest.raises(ValueError, match="sent already"):
            call.compress(grpc.Compression.Gzip)
        await call.write(b"1")
        call.finish(OK)

    with serving(serve) as running:
        call = start(running.channel, BIDI, [], SECONDS)
        assert ("key", "value") in list(call.initial_metadata())
        assert [b"1"] == list(call)


def test_initial_metadata_go_with_a_status_that_is_all_there_is() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        call.finish(ABORTED, "no")

    answer, _ = outcome_of(serve)
    assert (grpc.StatusCode.ABORTED, "no") == (answer.code, answer.details)


@pytest.mark.parametrize(
    ("compression", "flags"),
    [
        (None, [0, 0, 0]),
        (grpc.Compression.NoCompression, [0, 0, 0]),
        (grpc.Compression.Gzip, [1, 0, 1]),
        (grpc.Compression.Deflate, [1, 0, 1]),
    ],
)
def test_messages_are_compressed_as_chosen_but_for_those_that_shall_not_be(
    compression: grpc.Compression | None, flags: list[int]
) -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        if compression is not None:
            call.compress(compression)
        await call.write(b"a" * 1000)
        call.do_not_compress_next()
        await call.write(b"b" * 1000)
        call.finish(OK, response=b"c" * 1000)

    with serving(serve) as running, Http2Client(("127.0.0.1", running.port)) as client:
        client.call("/t.T/M", (b"grpc-accept-encoding", b"identity,deflate,gzip"))
        assert flags == [flag for flag, _ in client.messages(3)]


def test_the_only_response_is_compressed_as_chosen() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        call.compress(grpc.Compression.Gzip)
        call.finish(OK, response=b"a" * 1000)

    with serving(serve) as running, Http2Client(("127.0.0.1", running.port)) as client:
        client.call("/t.T/M", (b"grpc-accept-encoding", b"identity,deflate,gzip"))
        ((flag, _),) = client.messages(1)
    assert 1 == flag
