"""An event loop on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable

import pytest
import uvloop

from chassis.event_loop import EventLoopThread

WAIT = 60.0


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def new_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    made: Callable[[], asyncio.AbstractEventLoop] = request.param
    return made


NewLoop = Callable[[], asyncio.AbstractEventLoop]


def test_coroutines_run_on_the_thread_of_the_loop(new_loop: NewLoop) -> None:
    async def where() -> int:
        return threading.get_ident()

    thread = EventLoopThread(new_loop)
    assert thread.thread_id == thread.call(where(), WAIT)
    thread.close(WAIT)


def test_what_a_coroutine_raises_is_raised(new_loop: NewLoop) -> None:
    async def fail() -> None:
        raise ValueError("no")

    thread = EventLoopThread(new_loop)
    with pytest.raises(ValueError, match="no"):
        thread.call(fail(), WAIT)
    thread.close(WAIT)


def test_closing_cancels_what_still_runs(new_loop: NewLoop) -> None:
    ended: list[str] = []
    started = threading.Event()

    async def wait() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    thread = EventLoopThread(new_loop)
    future = thread.submit(wait())
    assert started.wait(WAIT)
    thread.close(WAIT)
    assert ["cancelled"] == ended
    assert thread.loop.is_closed()
    assert future.cancelled()
