"""An event loop on a thread of its own, so that signals and whoever waits have the main one."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

NewLoop = Callable[[], asyncio.AbstractEventLoop]
"""Such as `asyncio.new_event_loop` or `uvloop.new_event_loop`."""


class EventLoopThread:
    """Runs a loop until `close`. Safe for use from other threads."""

    def __init__(self, new_loop: NewLoop = asyncio.new_event_loop) -> None:
        self.loop = new_loop()
        self._thread = threading.Thread(target=self._run, name="event-loop", daemon=True)
        self._thread.start()

    @property
    def thread_id(self) -> int | None:
        """What `sys._current_frames` calls the thread."""
        return self._thread.ident

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def call(self, coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
        """Run a coroutine on the loop and wait for what it gives. Raises TimeoutError."""
        return self.submit(coroutine).result(seconds)

    def close(self, seconds: float) -> None:
        """Cancel what still runs, stop the loop and wait for its thread; give up after a time."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(seconds)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()
