"""What gRPC has done, told on an event loop."""

import asyncio
import importlib
import logging
import threading
from collections.abc import Callable
from typing import Any

# What is used of it is grpcio's own and not documented, the same that its server on threads uses.
cygrpc: Any = importlib.import_module("grpc._cython.cygrpc")

_AT_ONCE = 16
"""How much is told before others on the loop have their turn."""

_NOW = 0.0
_DEAF = "gRPC cannot be asked any more what it has done"

_LOG = logging.getLogger(__name__)


class Completions:
    """A completion queue whose tags are functions, called on an event loop with what has come.

    While there is something to hear, the loop asks the queue by itself, between other things. When
    there is nothing, a thread waits for it, and wakes the loop. So a busy server changes threads
    hardly ever, which costs more than all that it does for a call, and one that has nothing to do
    sleeps.

    To be made on the loop.

    failed: called on the loop, once, if the queue cannot be asked any more. What it was about to
        tell is lost, so that whoever waits for it would wait for ever.
    """

    def __init__(self, failed: Callable[[], None]) -> None:
        self.queue = cygrpc.CompletionQueue()
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._waits = threading.Semaphore(0)
        self._waiter = threading.Thread(target=self._wait, name="grpc-completions", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._waiter.start()

    def close(self) -> None:
        """Tell what is left and end; nothing may be asked of the queue any more."""
        self.queue.shutdown()

    def _wait(self) -> None:
        poll = self.queue.poll
        while True:
            try:
                event = poll()
            except Exception:
                _LOG.critical(_DEAF, exc_info=True)
                self._call_soon(self._failed)
                self._waits.acquire()  # For ever, as when the loop cannot ask.
                return
            if event.completion_type == cygrpc.CompletionType.queue_shutdown:
                return
            if not self._call_soon(self._take_over, event):
                return
            del event  # Until that, gRPC may not let the call go that it is about.
            self._waits.acquire()

    def _call_soon(self, function: Callable[..., None], *arguments: Any) -> bool:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # The loop is closed, and with it the process ends.
            return False
        return True

    def _take_over(self, event: Any) -> None:
        _tell(event)
        del event
        self._listen()

    def _listen(self) -> None:
        poll, nothing = self.queue.poll, cygrpc.CompletionType.queue_timeout
        for count in range(_AT_ONCE):
            try:
                event = poll(_NOW)
            except Exception:
                # The thread goes on waiting, and keeps the queue: to let it go would be to wait
                # for all that is under way.
                _LOG.critical(_DEAF, exc_info=True)
                self._failed()
                return
            if event.completion_type == nothing:
                if not count:
                    self._waits.release()
                    return
                break
            if event.completion_type == cygrpc.CompletionType.queue_shutdown:
                self._waits.release()  # The thread hears of it, too, and ends.
                return
            _tell(event)
            del event
        self._loop.call_soon(self._listen)


def _tell(event: Any) -> None:
    try:
        event.tag(event)
    except Exception:
        # Of others there is more to hear.
        _LOG.exception("what gRPC has done was not handled")
