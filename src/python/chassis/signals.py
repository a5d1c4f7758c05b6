"""Signals that ask the process to stop, as values that the main thread waits for."""

import signal
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType


class StopSignals:
    """While entered, turns SIGTERM and SIGINT into values to wait for. Main thread only.

    A handler may interrupt anything, the wait for it included, so it may only do what is reentrant:
    `SimpleQueue.put` is, `Event.set` is not.
    """

    def __init__(self) -> None:
        self._arrived: SimpleQueue[signal.Signals | None] = SimpleQueue()
        self._restore = ExitStack()

    def __enter__(self) -> "StopSignals":
        for each in (signal.SIGTERM, signal.SIGINT):
            self._restore.callback(signal.signal, each, signal.signal(each, self._handle))
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._restore.close()

    def wait(self, seconds: float | None = None) -> signal.Signals | None:
        """Give the next signal, or None when the time is up or `wake` was called."""
        try:
            return self._arrived.get(timeout=seconds)
        except Empty:
            return None

    def wake(self) -> None:
        """Let the wait end without a signal. From any thread."""
        self._arrived.put(None)

    def _handle(self, number: int, _: FrameType | None) -> None:
        self._arrived.put(signal.Signals(number))
