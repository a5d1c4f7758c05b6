"""A blocking call in a coroutine, the trap of asyncio, is caught."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.aio_server import AioServer
from chassis.event_loop import EventLoopThread
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.call import RpcKind
from chassis.loop_watchdog import LoopMetrics, LoopWatchdog
from chassis.server_options import ServerOptions
from chassis.service import Service
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, start
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import connected

WAIT = 60.0
LAG_COUNT = "event_loop_lag_seconds_count"


@pytest.fixture()
def thread() -> Iterator[EventLoopThread]:
    made = EventLoopThread()
    yield made
    made.close(WAIT)


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise TimeoutError


def stacks_with(log: RecordingLog, name: str) -> list[str]:
    """Give what was seen while a function blocked; a busy machine may stop a loop as well."""
    stacks = [str(line["stack"]) for line in log.lines_of("event loop blocked")]
    return [stack for stack in stacks if name in stack]


def wait_for_stacks(log: RecordingLog, name: str, count: int) -> list[str]:
    wait_until(lambda: len(stacks_with(log, name)) >= count)
    return stacks_with(log, name)


def test_a_loop_that_turns_is_measured_and_not_reported(thread: EventLoopThread) -> None:
    registry, log = CollectorRegistry(), RecordingLog()
    metrics = LoopMetrics(registry)
    watchdog = LoopWatchdog(thread, metrics, log.logger, threshold=WAIT, interval=0.001)
    value = registry.get_sample_value
    wait_until(lambda: (value(LAG_COUNT) or 0) >= 3)
    watchdog.close()
    assert 0 == value("event_loop_blocked_total")
    assert [] == log.lines


def test_what_blocks_is_named_once_for_each_block(thread: EventLoopThread) -> None:
    registry, log = CollectorRegistry(), RecordingLog()
    metrics = LoopMetrics(registry)
    watchdog = LoopWatchdog(thread, metrics, log.logger, threshold=0.05, interval=0.01)
    for number in range(1, 3):
        release = threading.Event()

        def this_blocks(release: threading.Event = release) -> None:
            release.wait(WAIT)

        thread.loop.call_soon_threadsafe(this_blocks)
        stack = wait_for_stacks(log, "this_blocks", number)[-1]
        release.set()
        assert "release.wait(WAIT)" in stack
    watchdog.close()
    assert 2 == len(stacks_with(log, "this_blocks"))
    assert (registry.get_sample_value("event_loop_blocked_total") or 0) >= 2


def test_what_blocks_no_longer_when_it_is_looked_at_is_counted_and_not_named(
    thread: EventLoopThread,
) -> None:
    """What the loop does then is something else."""
    registry, log = CollectorRegistry(), RecordingLog()
    release, looked = threading.Event(), threading.Event()

    class Late(LoopWatchdog):
        def _stack(self) -> str:
            release.set()
            thread.call(asyncio.sleep(0), WAIT)  # So the loop turns.
            looked.set()
            return super()._stack()

    thread.loop.call_soon_threadsafe(release.wait, WAIT)
    watchdog = Late(thread, LoopMetrics(registry), log.logger, threshold=0.05, interval=0.01)
    assert looked.wait(WAIT)
    watchdog.close()
    assert (registry.get_sample_value("event_loop_blocked_total") or 0) >= 1
    assert [] == log.lines


def test_a_blocking_handler_of_a_server_is_named() -> None:
    log = RecordingLog()
    release = threading.Event()

    async def handler_that_blocks(request: bytes, _: Any) -> bytes:
        release.wait(WAIT)
        return request

    def add(_: object, server: Any) -> None:
        handlers: dict[str, Any] = {
            METHODS[RpcKind.UNARY]: grpc.unary_unary_rpc_method_handler(handler_that_blocks)
        }
        generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
        server.add_generic_rpc_handlers((generic,))

    def watch(loop: EventLoopThread) -> LoopWatchdog:
        metrics = LoopMetrics(CollectorRegistry())
        return LoopWatchdog(loop, metrics, log.logger, threshold=0.05, interval=0.01)

    server = AioServer(
        [Service(SERVICE_NAME, None, add)],
        [],
        HealthBoard({OVERALL: ()}),
        ServerOptions(),
        watch=watch,
    )
    with connected(server) as channel:
        call = start(channel, RpcKind.UNARY)
        wait_for_stacks(log, "handler_that_blocks", 1)
        release.set()
        assert b"request" == call.result(WAIT)
