"""A call on the event loop, from its arrival to its end, whatever befalls it."""

import asyncio
import logging
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import ClientGone, IncomingCall
from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask, start
from chassis.testing.http2_client import Http2Client
from chassis.testing.loop_serving import SECONDS, Serve, serving
from chassis.testing.waiting import wait_until

OK, ABORTED = 0, 10
BIDI, UNARY, CLIENT_STREAM = RpcKind.BIDI_STREAM, RpcKind.UNARY, RpcKind.CLIENT_STREAM


class Requests:
    """Requests that a client sends when it is told to."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def send(self, request: bytes) -> None:
        self._queue.put(request)

    def close(self) -> None:
        self._queue.put(None)

    def __iter__(self) -> Iterator[bytes]:
        while (request := self._queue.get()) is not None:
            yield request


def outcome_of(
    serve: Callable[[IncomingCall, bytes | None], Awaitable[Any]],
    kind: RpcKind = BIDI,
    *requests: bytes,
) -> tuple[Any, Any]:
    """Call it to its end: what the client sees, and what `serve` returned or raised."""
    seen: Future[Any] = Future()

    async def observed(call: IncomingCall, request: bytes | None) -> None:
        try:
            seen.set_result(await serve(call, request))
        except BaseException as error:
            seen.set_result(error)
            raise

    with serving(observed, takes_one=kind is UNARY) as running:
        answer = ask(running.channel, kind, requests or (b"a",), timeout=SECONDS)
    return answer, seen.result(SECONDS)


# What is read


def test_requests_are_read_in_order_until_there_is_none() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> Any:
        read = [await call.read() for _ in range(4)]
        call.finish(OK)
        return read

    assert [b"a", b"", b"c", None] == outcome_of(serve, BIDI, b"a", b"", b"c")[1]


def test_a_request_is_not_lost_by_whoever_is_cancelled_while_waiting_for_it() -> None:
    requests, cancelled = Requests(), threading.Event()

    async def serve(call: IncomingCall, _: bytes | None) -> Any:
        for __ in range(3):
            reading = asyncio.ensure_future(call.read())
            await asyncio.sleep(0)
            reading.cancel()
            await asyncio.wait([reading])
            assert reading.cancelled()
        cancelled.set()
        read = [await call.read(), await call.read(), await call.read()]
        call.finish(OK)
        return read

    seen: Future[Any] = Future()

    async def observed(call: IncomingCall, request: bytes | None) -> None:
        seen.set_result(await serve(call, request))

    with serving(observed) as running:
        call = start(running.channel, BIDI, requests, SECONDS)
        assert cancelled.wait(SECONDS)
        requests.send(b"a")
        requests.send(b"b")
        requests.close()
        assert [b"a", b"b", None] == seen.result(SECONDS)
        assert [] == list(call)


@pytest.mark.parametrize("cancelled_first", [False, True])
def test_a_request_that_arrives_as_its_reader_is_cancelled_is_not_lost(
    cancelled_first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    requests, begun = Requests(), threading.Event()
    seen: Future[Any] = Future()

    async def serve(call: IncomingCall, _: bytes | None) -> None:
        received = call._received

        def cancel_and_receive(event: Any) -> None:
            if cancelled_first:
                reading.cancel()
            received(event)
            reading.cancel()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(call, "_received", cancel_and_receive)
            reading = asyncio.ensure_future(call.read())
            await asyncio.sleep(0)
        begun.set()
        await asyncio.wait([reading])
        seen.set_result((reading.cancelled(), await call.read()))
        call.finish(OK)

    with serving(serve) as running:
        call = start(running.channel, BIDI, requests, SECONDS)
        assert begun.wait(SECONDS)
        requests.send(b"a")
        requests.close()
        assert (True, b"a") == seen.result(SECONDS)
        assert [] == list(call)
    assert [] == caplog.messages


def test_two_may_not_read_at_once() -> None:
    """Both would wait for the same request."""

    async def serve(call: IncomingCall, _: bytes | None) -> Any:
        results = await asyncio.gather(call.read(), call.read(), return_exceptions=True)
        call.finish(OK)
        return results

    answer, (first, second) = outcome_of(serve)
    assert b"a" == first
    assert isinstance(second, grpc.aio.UsageError)
    assert grpc.StatusCode.OK == answer.code


# What is asked for once


async def echo(call: IncomingCall, request: bytes | None) -> None:
    call.finish(OK, response=request)


def test_the_one_request_is_there_when_the_call_is_served() -> None:
    answer, _ = outcome_of(echo, UNARY, b"a")
    assert ((b"a",), grpc.StatusCode.OK) == (answer.responses, answer.code)


def test_a_client_that_never_asks_is_told_so() -> None:
    with serving(echo, takes_one=True) as running:
        answer = ask(running.channel, CLIENT_STREAM, [], SECONDS)
    assert grpc.StatusCode.UNIMPLEMENTED == answer.code
    assert "exactly one request is required" == answer.details


def test_of_two_requests_the_first_is_answered() -> None:
    with serving(echo, takes_one=True) as running:
        answer = ask(running.channel, CLIENT_STREAM, [b"a", b"b"], SECONDS)
    assert ((b"a",), grpc.StatusCode.OK) == (answer.responses, answer.code)


@pytest.mark.parametrize("takes_one", [True, False])
def test_a_request_that_is_too_large_is_refused(takes_one: bool) -> None:
    async def serve(call: IncomingCall, request: bytes | None) -> None:
        call.finish(OK, response=request or await call.read())

    options = [("grpc.max_receive_message_length", 10)]
    with serving(serve, takes_one, options=options) as running:
        answer = ask(running.channel, UNARY, [b"x" * 11], SECONDS)
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == answer.code
        assert (b"x" * 10,) == ask(running.channel, UNARY, [b"x" * 10], SECONDS).responses


def test_a_client_that_has_more_to_say_is_answered_before() -> None:
    """And the server does not wait for it to stop talking."""
    requests = Requests()
    with serving(echo, takes_one=True) as running:
        call = start(running.channel, CLIENT_STREAM, requests, None)
        requests.send(b"a")
        assert b"a" == call.result(SECONDS)
        running.stop(SECONDS)
        requests.close()


# What is written


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


# What goes wrong


def test_details_that_are_no_text_are_sent_as_far_as_they_are() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        call.finish(ABORTED, "ä\ud800z")

    answer, _ = outcome_of(serve)
    assert (grpc.StatusCode.ABORTED, "ä?z") == (answer.code, answer.details)


def test_a_status_that_cannot_be_sent_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        trailing: Any = (("a", "b"), ("key", 5))
        call.finish(OK, trailing=trailing, response=b"1")

    answer, _ = outcome_of(serve)
    assert ((), grpc.StatusCode.INTERNAL) == (answer.responses, answer.code)
    assert "internal error" == answer.details
    assert "a status could not be sent" in caplog.messages


def test_the_first_status_counts() -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> Any:
        before = call.is_finished
        call.finish(ABORTED, "first")
        call.finish(OK, "second")
        return before, call.is_finished

    answer, is_finished = outcome_of(serve)
    assert ("first", (False, True)) == (answer.details, is_finished)


@pytest.mark.parametrize("takes_one", [True, False])
def test_a_call_that_is_left_without_a_status_gets_one(takes_one: bool) -> None:
    async def serve(_: IncomingCall, __: bytes | None) -> None:
        pass

    with serving(serve, takes_one) as running:
        answer = ask(running.channel, UNARY, [b"a"], SECONDS)
    assert (grpc.StatusCode.INTERNAL, "internal error") == (answer.code, answer.details)


@pytest.mark.parametrize("error", [ValueError("secret"), asyncio.CancelledError("secret")])
def test_a_call_that_raises_ends_with_an_internal_error(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def serve(_: IncomingCall, __: bytes | None) -> None:
        raise error

    answer, _ = outcome_of(serve)
    assert (grpc.StatusCode.INTERNAL, "internal error") == (answer.code, answer.details)
    raised = isinstance(error, ValueError)
    assert raised == ("a call was not ended by what serves it" in caplog.messages)


def test_operations_that_grpc_does_not_take_are_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody hears of them again, so a call that waited for that would never end."""

    class Refusing:
        def start_server_batch(self, _: Any, __: Any) -> int:
            return 1

    left: list[str] = []

    async def serve(call: IncomingCall, _: bytes | None) -> None:
        call.leave = lambda: left.append("left")
        call._call = Refusing()
        with pytest.raises(RuntimeError, match="does not take"):
            await call.write(b"1")
        with pytest.raises(RuntimeError, match="does not take"):
            call.finish(OK)

    with caplog.at_level(logging.ERROR):
        answer, error = outcome_of(serve)
    assert error is None
    assert ["left"] == left
    assert ["a status could not be sent"] == caplog.messages
    assert grpc.StatusCode.OK != answer.code


# A client that goes away


class Witness:
    """What a call that is served tells of itself."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def tell(self, what: Any) -> None:
        self._told.put(what)

    def hear(self) -> Any:
        return self._told.get(timeout=SECONDS)


@pytest.fixture()
def witness() -> Witness:
    return Witness()


def heard_of_cancelled(witness: Witness, serve: Serve, kind: RpcKind = BIDI) -> Any:
    """Cancel a call once it is served; give what it tells."""
    with serving(serve, takes_one=kind is UNARY) as running:
        call = start(running.channel, kind, [b"a"], None)
        assert witness.begun.wait(SECONDS)
        call.cancel()
        return witness.hear()


@pytest.mark.parametrize("kind", [UNARY, BIDI])
def test_a_call_is_cancelled_when_its_client_goes(kind: RpcKind, witness: Witness) -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        call.leave = lambda: witness.tell("left")
        witness.begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            witness.tell(call.is_cancelled)

    assert heard_of_cancelled(witness, serve, kind) is True
    assert "left" == witness.hear()


def test_a_call_is_cancelled_when_its_time_is_over(witness: Witness) -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            witness.tell((call.is_cancelled, call.time_remaining()))

    # This client does not cancel the call by its own clock, a moment before the server's.
    with serving(serve) as running, Http2Client(("127.0.0.1", running.port)) as client:
        client.call("/t.T/M", (b"grpc-timeout", b"1S"))
        assert (True, 0.0) == witness.hear()


def test_whoever_does_not_want_to_be_cancelled_may_go_on_but_reaches_nobody(
    witness: Witness,
) -> None:
    async def serve(call: IncomingCall, _: bytes | None) -> None:
        witness.begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(0)
        while (await call.read()) is not None:
            pass
        with pytest.raises(ClientGone):
            await call.write(b"1")
        call.finish(OK)
        witness.tell("went on")

    assert "went on" == heard_of_cancelled(witness, serve)


def test_a_write_that_fails_tells_that_the_client_has_gone(witness: Witness) -> None:
    """Even if that is known from nothing else yet."""

    async def serve(call: IncomingCall, _: bytes | None) -> None:
        call._is_watched = True  # As if it were, but it is told later than all else.
        witness.begun.set()
        try:
            while True:
                await call.write(b"x" * 1000)
        except ClientGone:
            witness.tell(call.is_cancelled)

    assert heard_of_cancelled(witness, serve) is True


def test_a_call_that_never_goes_on_ends_with_its_connection() -> None:
    served: list[bytes | None] = []

    async def serve(call: IncomingCall, request: bytes | None) -> None:
        served.append(request)
        call.finish(OK, response=b"")

    with serving(serve, takes_one=True) as running:
        with Http2Client(("127.0.0.1", running.port)) as client:
            client.call("/t.T/M", half=True)
            assert (b"",) == ask(running.channel, UNARY, [b"a"], SECONDS).responses
        running.stop(SECONDS)
    assert [b"a"] == served


# What is known of it


def test_what_is_known_of_a_call() -> None:
    seen: list[Any] = []

    async def serve(call: IncomingCall, _: bytes | None) -> None:
        left = call.time_remaining()
        seen.append((call.path, call.peer()[:15], dict(call.invocation_metadata())["key"]))
        seen.append((call.peer_identities(), call.peer_identity_key(), 0 < left < 2 * SECONDS))
        call.finish(OK)

    with serving(serve) as running:
        ask(running.channel, BIDI, timeout=SECONDS, metadata=[("key", "value")])
    assert ("/chassis.testing.FourKinds/BidiStream", "ipv4:127.0.0.1:", "value") == seen[0]
    assert (None, None, True) == seen[1]


def test_when_it_is_over_nothing_is_known_and_nothing_can_be_done() -> None:
    """A servicer may have kept its context; gRPC's part of the call is gone."""
    kept: list[IncomingCall] = []

    async def serve(call: IncomingCall, _: bytes | None) -> None:
        kept.append(call)
        call.finish(OK)

    async def use(call: IncomingCall) -> str:
        with pytest.raises(grpc.aio.UsageError):
            await call.write(b"1")
        with pytest.raises(grpc.aio.UsageError):
            await call.read()
        call.finish(OK)
        return call.peer()

    with serving(serve) as running:
        ask(running.channel, BIDI, timeout=SECONDS)
        wait_until(lambda: bool(kept) and kept[0].peer() == "", SECONDS)
        (call,) = kept
        assert "" == running.thread.call(use(call), SECONDS)
    assert {} == call.auth_context()
    assert (None, None) == (call.peer_identities(), call.peer_identity_key())
