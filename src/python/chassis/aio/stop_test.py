"""Calls that are there when a server stops."""

import threading

from chassis.aio.incoming_call import IncomingCall
from chassis.testing.loop_serving import SECONDS, Serving, serving
from chassis.testing.many_calls import answered

OK = 0
CALLS = 100


async def answer(call: IncomingCall, request: bytes | None) -> None:
    call.finish(OK, response=request)


def test_of_many_calls_that_have_arrived_a_stop_loses_none() -> None:
    """Nor those of which the loop, which has something else to do, has not heard yet."""
    arrived = threading.Event()

    async def stop_once_arrived(running: Serving) -> None:
        assert arrived.wait(SECONDS)  # The loop stands still.
        await running.server.stop(SECONDS)

    with serving(answer, takes_one=True) as running:
        stopping = running.thread.submit(stop_once_arrived(running))
        assert CALLS == answered(running.port, "/t.T/M", CALLS, arrived.set)
        stopping.result(SECONDS)
