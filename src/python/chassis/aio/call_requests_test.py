"""What a client asks: a stream of requests, or one."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import IncomingCall
from chassis.testing.four_kinds import ask, start
from chassis.testing.loop_calls import BIDI, CLIENT_STREAM, UNARY, Requests, outcome_of
from chassis.testing.loop_serving import SECONDS, serving

OK, ABORTED = 0, 10


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
