"""Of a call on the event loop, however it ends, nothing is left."""

import asyncio
import logging
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chassis.aio.incoming_call import Handler, IncomingCall
from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask, start
from chassis.testing.loop_serving import SECONDS, Serving, serving
from chassis.testing.uncollected import uncollected
from chassis.testing.waiting import wait_until

OK, ABORTED = 0, 10
BIDI, UNARY = RpcKind.BIDI_STREAM, RpcKind.UNARY


async def answer(call: IncomingCall, request: bytes | None) -> None:
    call.finish(OK, response=request)


async def answer_late(call: IncomingCall, request: bytes | None) -> None:
    await asyncio.sleep(0)
    call.finish(OK, response=request)


async def stream(call: IncomingCall, _: bytes | None) -> None:
    while (request := await call.read()) is not None:
        await call.write(request)
    call.finish(OK)


async def stop_reading(call: IncomingCall, _: bytes | None) -> None:
    await call.write(await call.read() or b"")
    call.finish(ABORTED)


async def fail(_: IncomingCall, __: bytes | None) -> None:
    raise ValueError


async def fail_late(call: IncomingCall, _: bytes | None) -> None:
    await call.write(b"")
    raise ValueError


async def wait(_: IncomingCall, __: bytes | None) -> None:
    await asyncio.get_running_loop().create_future()


async def write_on(call: IncomingCall, _: bytes | None) -> None:
    while True:
        await call.write(b"x")


Arrived = Callable[[], object]
"""Waits until one call more has arrived."""


def to_the_end(running: Serving, _: Arrived) -> None:
    ask(running.channel, BIDI, [b"a", b"b"], SECONDS)


def cancelled(running: Serving, arrived: Arrived) -> None:
    call = start(running.channel, BIDI, [b"a"], SECONDS)
    arrived()
    call.cancel()


def cancelled_late(running: Serving, _: Arrived) -> None:
    call = start(running.channel, BIDI, [b"a"], SECONDS)
    next(call)
    call.cancel()


def late(running: Serving, _: Arrived) -> None:
    """May be too late to arrive at all."""
    ask(running.channel, BIDI, [b"a"], 0.02)


@uncollected()
@pytest.mark.parametrize(
    ("serve", "takes_one", "call"),
    [
        (answer, True, to_the_end),
        (answer_late, True, to_the_end),
        (stream, False, to_the_end),
        (stop_reading, False, to_the_end),
        (fail, True, to_the_end),
        (fail_late, False, to_the_end),
        (wait, False, cancelled),
        (wait, False, late),
        (stream, False, cancelled_late),
        (write_on, False, cancelled_late),
    ],
)
def test_of_a_call_nothing_is_left(
    serve: Any, takes_one: bool, call: Callable[[Serving, Arrived], None]
) -> None:
    """No cycles that wait for a search for garbage: a service has such searches hardly ever."""
    times = 30
    seen: list[weakref.ref[IncomingCall]] = []
    arrivals = threading.Semaphore(0)

    def find(incoming: IncomingCall) -> Handler:
        seen.append(weakref.ref(incoming))
        arrivals.release()
        return Handler(takes_one, serve)

    logging.disable()
    try:
        with serving(serve, find=find) as running:
            end = time.monotonic() + SECONDS
            while len(seen) < times:
                assert time.monotonic() < end
                call(running, partial(arrivals.acquire, timeout=SECONDS))
            wait_until(lambda: all(each() is None for each in seen), SECONDS)
            running.stop(SECONDS)
    finally:
        logging.disable(logging.NOTSET)
