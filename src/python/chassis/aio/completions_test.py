"""What gRPC has done is told on the loop: all of it, and no more than its turn takes."""

import asyncio
import logging
import threading
import weakref
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from chassis.aio.completions import Completions, cygrpc
from chassis.testing.waiting import wait_until

SECONDS = 60.0
MANY = 100
AT_ONCE = 17
"""What the thread has heard, and what is there besides, up to a bound."""


class Source:
    """A server that is asked for calls; when it is shut down, all of them fail at once."""

    def __init__(self, completions: Completions) -> None:
        self._queue = completions.queue
        self._server = cygrpc.Server((), False)
        self._server.register_completion_queue(self._queue)
        self._server.start()

    def ask(self, tag: Callable[[Any], None]) -> None:
        self._server.request_call(self._queue, self._queue, tag)

    def shut_down(self, tag: Callable[[Any], None]) -> None:
        self._server.shutdown(self._queue, tag)

    def destroy(self) -> None:
        self._server.destroy()


def run(
    scenario: Callable[[Completions, Source], Awaitable[None]],
    failed: Callable[[], None] = lambda: None,
) -> None:
    async def within_time() -> None:
        completions = Completions(failed)
        source = Source(completions)
        async with asyncio.timeout(SECONDS):
            await scenario(completions, source)

    asyncio.run(within_time())


def waiters() -> set[threading.Thread]:
    """Give the threads that wait; those of servers that were stopped before may be among them."""
    return {each for each in threading.enumerate() if each.name == "grpc-completions"}


def test_all_is_told_on_the_loop_once() -> None:
    told: list[tuple[int, int]] = []

    async def scenario(completions: Completions, source: Source) -> None:
        shut_down = asyncio.Event()

        def note(number: int, _: Any) -> None:
            told.append((number, threading.get_ident()))

        for number in range(MANY):
            source.ask(partial(note, number))
        completions.start()
        source.shut_down(lambda _: shut_down.set())
        await shut_down.wait()
        while len(told) < MANY:
            await asyncio.sleep(0)
        source.destroy()
        completions.close()

    run(scenario)
    assert [(number, threading.get_ident()) for number in range(MANY)] == sorted(told)


def test_what_comes_while_nothing_else_does_is_told_too() -> None:
    """The thread that waits has its turn again after each time."""
    told: list[int] = []

    async def scenario(completions: Completions, source: Source) -> None:
        completions.start()
        for number in range(3):
            another = Source(completions)
            shut_down = asyncio.Event()

            def note(_: Any, number: int = number, shut_down: asyncio.Event = shut_down) -> None:
                told.append(number)
                shut_down.set()

            another.shut_down(note)
            await shut_down.wait()
            another.destroy()
        source.shut_down(lambda _: None)
        completions.close()

    run(scenario)
    assert [0, 1, 2] == told


def test_a_tag_that_raises_is_logged_and_keeps_nothing_from_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario(completions: Completions, source: Source) -> None:
        shut_down = asyncio.Event()

        def fail(_: Any) -> None:
            raise ValueError("no")

        for _ in range(3):
            source.ask(fail)
        completions.start()
        source.shut_down(lambda _: shut_down.set())
        await shut_down.wait()
        while len(caplog.records) < 3:
            await asyncio.sleep(0)
        source.destroy()
        completions.close()

    with caplog.at_level(logging.ERROR):
        run(scenario)
    assert ["what gRPC has done was not handled"] * 3 == [each.message for each in caplog.records]


def test_others_on_the_loop_have_their_turn_between() -> None:
    turns, told_at = 0, []

    async def scenario(completions: Completions, source: Source) -> None:
        nonlocal turns
        for _ in range(MANY):
            source.ask(lambda _: told_at.append(turns))
        source.shut_down(lambda _: None)
        completions.start()
        while len(told_at) < MANY:
            turns += 1
            await asyncio.sleep(0)
        completions.close()

    run(scenario)
    most = max(told_at.count(turn) for turn in set(told_at))
    assert most <= AT_ONCE


def test_what_has_been_told_is_not_kept() -> None:
    """Else gRPC finds no rest, for it has a call that is over in its hands."""

    class Tag:
        def __call__(self, _: Any) -> None:
            told.set()

    told = asyncio.Event()

    async def scenario(completions: Completions, source: Source) -> None:
        completions.start()
        tag: Tag | None = Tag()
        kept = weakref.ref(tag)
        assert tag is not None
        source.ask(tag)
        del tag
        source.shut_down(lambda _: None)
        await told.wait()
        while kept() is not None:
            await asyncio.sleep(0.001)
        completions.close()

    run(scenario)


@pytest.mark.parametrize("heard_by", ["thread", "loop"])
def test_the_thread_ends_with_the_queue(heard_by: str) -> None:
    before = waiters()
    started: set[threading.Thread] = set()

    async def scenario(completions: Completions, source: Source) -> None:
        shut_down = asyncio.Event()

        def end(_: Any) -> None:
            shut_down.set()
            if heard_by == "loop":  # It looks for more before it lets the thread wait again.
                source.destroy()
                completions.close()

        completions.start()
        started.update(waiters() - before)
        source.shut_down(end)
        await shut_down.wait()
        if heard_by == "thread":
            await asyncio.sleep(0)
            source.destroy()
            completions.close()

    run(scenario)
    (thread,) = started
    wait_until(lambda: not thread.is_alive(), SECONDS)


def test_the_thread_ends_if_the_loop_is_closed_under_it() -> None:
    """Without a word: a loop is closed early only if the process ends."""
    before = waiters()
    kept: list[tuple[Completions, Source]] = []

    async def scenario(completions: Completions, source: Source) -> None:
        completions.start()
        kept.append((completions, source))

    run(scenario)
    (thread,) = waiters() - before
    ((completions, source),) = kept
    source.shut_down(lambda _: None)
    wait_until(lambda: not thread.is_alive(), SECONDS)
    source.destroy()
    completions.close()


class Broken:
    """A queue that cannot be asked by the thread, or by the loop, which names a time."""

    def __init__(self, queue: Any, heard_by: str) -> None:
        self._queue = queue
        self._heard_by = heard_by

    def poll(self, *deadline: float) -> Any:
        if bool(deadline) is (self._heard_by == "loop"):
            raise ValueError("no")
        return self._queue.poll(*deadline)


@pytest.mark.parametrize("heard_by", ["thread", "loop"])
def test_that_nothing_more_can_be_heard_is_logged_and_told_once(
    heard_by: str, caplog: pytest.LogCaptureFixture
) -> None:
    """On the loop; and the queue is let alone, for it would not be let go before it is empty."""
    failed_on: list[int] = []

    async def scenario(completions: Completions, source: Source) -> None:
        completions.queue = Broken(completions.queue, heard_by)
        completions.start()
        source.shut_down(lambda _: None)
        while not failed_on:
            await asyncio.sleep(0.001)

    before = waiters()
    with caplog.at_level(logging.CRITICAL):
        run(scenario, lambda: failed_on.append(threading.get_ident()))
    assert [threading.get_ident()] == failed_on
    (record,) = caplog.records
    assert "gRPC cannot be asked any more what it has done" == record.message
    assert "ValueError: no" in str(record.exc_text)
    assert 1 == len(waiters() - before)
