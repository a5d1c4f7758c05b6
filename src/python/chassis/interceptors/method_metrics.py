"""The metrics of one method: calls note that they came and went, and are counted many at once.

A metric of prometheus_client has a lock, and code that the processor has not at hand in the middle
of a call; to count hundreds together costs each a third.
"""

import threading
from collections import deque
from collections.abc import Callable

import grpc
from prometheus_client import Counter, Gauge, Histogram


class MethodMetrics:
    """The metrics of one method, and what is noted of its calls but not counted yet.

    arrived: as many as have come.
    gone: seconds, code, messages received and sent, and the class of an exception, of each that
        has ended. Both take notes from any thread.
    """

    def __init__(
        self,
        started: Counter,
        in_flight: Gauge,
        seconds: Histogram,
        handled: Callable[[str], Counter],
        exceptions: Callable[[str], Counter],
        received: Callable[[], Counter],
        sent: Callable[[], Counter],
    ) -> None:
        self.arrived: deque[None] = deque()
        self.gone: deque[tuple[float, grpc.StatusCode | None, int, int, str | None]] = deque()
        self._started = started
        self._in_flight = in_flight
        self._seconds = seconds
        self._handled = handled
        self._exceptions = exceptions
        self._received = received
        self._sent = sent
        self._lock = threading.Lock()

    def _noted(self) -> tuple[int, int]:
        """Give how many have gone and arrived, at one moment."""
        gone = -1
        while gone != len(self.gone):  # Calls have come and gone between the two looks.
            # In this order: of calls that have gone, the arrival is noted as well.
            gone, arrived = len(self.gone), len(self.arrived)
        return gone, arrived

    def count(self) -> None:
        """Count all that is noted."""
        with self._lock:
            gone, arrived = self._noted()
            for _ in range(arrived):
                self.arrived.popleft()
            self._started.inc(arrived)
            self._in_flight.inc(arrived - gone)
            codes: dict[grpc.StatusCode | None, int] = {}
            for _ in range(gone):
                seconds, code, received, sent, exception = self.gone.popleft()
                self._seconds.observe(seconds)
                codes[code] = codes.get(code, 0) + 1
                if received:
                    self._received().inc(received)
                if sent:
                    self._sent().inc(sent)
                if exception:
                    self._exceptions(exception).inc()
            for code, count in codes.items():
                self._handled((code or grpc.StatusCode.INTERNAL).name).inc(count)
