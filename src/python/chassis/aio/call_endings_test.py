"""How a call ends on the event loop if something goes wrong, and when its client goes away."""

import asyncio
import logging
import queue
import threading
from contextlib import suppress
from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import ClientGone, IncomingCall
from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask, start
from chassis.testing.http2_client import Http2Client
from chassis.testing.loop_calls import BIDI, UNARY, outcome_of
from chassis.testing.loop_serving import SECONDS, Serve, serving

OK, ABORTED = 0, 10


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
