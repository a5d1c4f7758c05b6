"""Threads for a server's calls, some of which may be kept waiting by whoever makes them.

`concurrent.futures.ThreadPoolExecutor` is a number of threads. gRPC's server lets one of them wait
for the request of each call, so that as many calls that never say what they ask for would keep all
others from being answered.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any

_LINGER_SECONDS = 2.0
"""How long an additional thread looks for more to do."""


class CallPool(Executor):
    """Runs tasks on `threads` threads, and on more while those wait for somebody outside.

    Whoever handles a call says so by appending to `handling`, and by popping from it when it is
    done, or has to wait for the client. If for `patience_seconds` nothing that is in line has its
    turn, as many threads are added as there are that wait, up to `max_threads` in all.
    """

    def __init__(
        self, threads: int, max_threads: int, name: str, patience_seconds: float = 0.1
    ) -> None:
        self.handling: deque[None] = deque()
        # Its length is a number, too. A lock would make the threads of a busy server wait in line.
        self._unfinished: deque[None] = deque()
        self._target = threads
        self._max_threads = max_threads
        self._name = name
        self._patience_seconds = patience_seconds
        self._line: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._is_moving = False
        self._has_moved = True
        self._grows_long = threading.Event()
        self._ended = threading.Event()
        self._lookout: threading.Thread | None = None

    @property
    def unfinished(self) -> int:
        """How many tasks are running or waiting."""
        return len(self._unfinished)

    def has_moved(self) -> bool:
        """Tell whether, since this was last asked, a task got its turn, or none is in line."""
        moved, self._has_moved = self._has_moved, False
        return moved or not self._line.qsize()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """See `Executor`."""
        if self._ended.is_set():
            raise RuntimeError("no task is taken after the shutdown")
        future: Future[Any] = Future()
        self._unfinished.append(None)
        future.add_done_callback(self._count_done)

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._put(run)
        return future

    def admit(self, task: Callable[[], None]) -> Callable[[], None]:
        """Count a task from now on, and give what puts it in line: to be called once, for sure.

        The task must not raise.
        """
        self._unfinished.append(None)

        def run() -> None:
            try:
                task()
            finally:
                self._unfinished.pop()

        return lambda: self._put(run)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See `Executor`. Tasks in line are still run; none is cancelled."""
        self._ended.set()
        self._grows_long.set()
        self._line.put(None)
        with self._lock:
            threads = [*self._threads]
        if wait:
            for thread in threads:
                thread.join()

    def _count_done(self, _: object) -> None:
        self._unfinished.pop()

    def _put(self, run: Callable[[], None]) -> None:
        self._line.put(run)
        if len(self._threads) < self._target:
            self._add_threads(1, self._target, None)
        elif self._line.qsize() > 1 and not self._grows_long.is_set():
            self._grows_long.set()
            if self._lookout is None:
                self._add_lookout()

    def _add_threads(self, count: int, limit: int, linger_seconds: float | None) -> None:
        with self._lock:
            if linger_seconds is not None and self._ended.is_set():
                return  # Whoever waits for the end knows of those that there were.
            for _ in range(min(count, limit - len(self._threads))):
                thread = threading.Thread(
                    target=self._work, args=(linger_seconds,), name=self._name, daemon=True
                )
                self._threads.add(thread)
                thread.start()

    def _work(self, linger_seconds: float | None) -> None:
        while True:
            try:
                run = self._line.get(timeout=linger_seconds)
            except Empty:
                break
            if run is None:
                self._line.put(None)  # For the others.
                break
            self._is_moving = self._has_moved = True
            run()
            del run  # Holds a call as long as there is no other.
        with self._lock:
            self._threads.discard(threading.current_thread())

    def _add_lookout(self) -> None:
        with self._lock:
            if self._lookout is None:
                self._lookout = threading.Thread(
                    target=self._look_out, name=f"{self._name}-lookout", daemon=True
                )
                self._lookout.start()

    def _look_out(self) -> None:
        while not self._ended.is_set():
            self._grows_long.wait()
            self._is_moving = False
            while self._line.qsize() and not self._ended.wait(self._patience_seconds):
                if not self._is_moving:
                    waiting = self._target - len(self.handling)
                    self._add_threads(waiting, self._max_threads, _LINGER_SECONDS)
                self._is_moving = False
            self._grows_long.clear()
