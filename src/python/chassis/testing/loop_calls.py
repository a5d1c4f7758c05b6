"""Calls to a `LoopServer`, from both ends."""

import queue
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from typing import Any

from chassis.aio.incoming_call import IncomingCall
from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask
from chassis.testing.loop_serving import SECONDS, serving

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
