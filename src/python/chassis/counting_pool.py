"""A thread pool that knows how much it has to do."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any


class CountingPool(ThreadPoolExecutor):
    """Counts what was submitted and is not done, whether it runs, waits or was cancelled."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)
        self._lock = Lock()
        self._unfinished = 0

    @property
    def unfinished(self) -> int:
        """How many tasks are running or waiting."""
        return self._unfinished

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """See `Executor`."""
        with self._lock:
            self._unfinished += 1
        try:
            future = super().submit(fn, *args, **kwargs)
        except BaseException:
            self._count_done(None)
            raise
        future.add_done_callback(self._count_done)
        return future

    def _count_done(self, _: object) -> None:
        with self._lock:
            self._unfinished -= 1
