"""A thread pool that knows how much it has to do."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class CountingPool(ThreadPoolExecutor):
    """Counts what was submitted and is not done, whether it runs, waits or was cancelled."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, thread_name_prefix=name)
        # Its length is the number. A lock would make the threads of a busy server wait in line.
        self._unfinished: deque[None] = deque()

    @property
    def unfinished(self) -> int:
        """How many tasks are running or waiting."""
        return len(self._unfinished)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """See `Executor`."""
        self._unfinished.append(None)
        try:
            future = super().submit(fn, *args, **kwargs)
        except BaseException:
            self._unfinished.pop()
            raise
        future.add_done_callback(self._count_done)
        return future

    def _count_done(self, _: object) -> None:
        self._unfinished.pop()
