"""Notices when something blocks an event loop, and says what.

One blocking call in a coroutine stalls every call of the server, and nothing shows where: so a
thread asks the loop for a sign of life many times a second, and looks at its stack when none comes.
"""

import sys
import threading
import traceback
from collections.abc import Callable
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from structlog.typing import FilteringBoundLogger

from chassis.event_loop import EventLoopThread

INTERVAL_SECONDS = 0.1
THRESHOLD_SECONDS = 0.25
BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class LoopMetrics:
    """What is measured of an event loop.

    event_loop_lag_seconds: how long the loop took to turn to something new.
    event_loop_blocked_total: how often that was longer than the threshold.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.lag = Histogram(
            "event_loop_lag_seconds",
            "How long the event loop took to turn to something new.",
            buckets=BUCKETS,
            registry=registry,
        )
        self.blocked = Counter(
            "event_loop_blocked", "How often the event loop was blocked.", registry=registry
        )


class LoopWatchdog:
    """Watches one loop from a thread of its own until `close`.

    threshold: seconds without a sign of life after which the stack is logged, once for each block.
    interval: seconds between questions; blocks shorter than that may pass unseen.
    """

    def __init__(
        self,
        loop: EventLoopThread,
        metrics: LoopMetrics,
        log: FilteringBoundLogger,
        threshold: float = THRESHOLD_SECONDS,
        interval: float = INTERVAL_SECONDS,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._loop = loop
        self._metrics = metrics
        self._log = log
        self._threshold = threshold
        self._interval = interval
        self._clock = clock
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="loop-watchdog", daemon=True)
        self._thread.start()

    def close(self, seconds: float = 5.0) -> None:
        """End the watch; to be called before the loop is closed."""
        self._closed.set()
        self._thread.join(seconds)

    def _watch(self) -> None:
        while not self._closed.wait(self._interval):
            sign = threading.Event()
            asked = self._clock()
            self._loop.loop.call_soon_threadsafe(sign.set)
            if not sign.wait(self._threshold):
                self._metrics.blocked.inc()
                stack = self._stack()
                if not sign.is_set():  # Otherwise the stack is that of something else.
                    self._log.warning(
                        "event loop blocked", threshold_seconds=self._threshold, stack=stack
                    )
                while not sign.wait(self._interval) and not self._closed.is_set():
                    pass
            self._metrics.lag.observe(self._clock() - asked)

    def _stack(self) -> str:
        """Give what the loop's thread is doing."""
        frame = sys._current_frames().get(self._loop.thread_id or 0)
        return "".join(traceback.format_stack(frame)) if frame else ""


WatchLoop = Callable[[EventLoopThread], LoopWatchdog]
"""Begins to watch a loop."""
