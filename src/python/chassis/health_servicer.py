"""grpc.health.v1 on a server with a thread pool, answered even when the pool is exhausted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Condition

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from chassis.health import Health, HealthBoard
from chassis.health_messages import (
    MAX_WATCHES,
    STOPPING,
    TOO_MANY_WATCHES,
    check,
    list_all,
    status_message,
)
from chassis.interceptors.call import Refused
from chassis.reserve import OnReserve

_CHECK_THREADS = 2


class HealthServicer:
    """Shows a board, on threads of its own: two for checks, and one for each watch.

    Watches beyond `max_watches` get RESOURCE_EXHAUSTED.
    """

    def __init__(self, board: HealthBoard, max_watches: int = MAX_WATCHES) -> None:
        self._board = board
        self._watches = BoundedSemaphore(max_watches)
        checks = ThreadPoolExecutor(_CHECK_THREADS, thread_name_prefix="health-check")
        # One more, to refuse with.
        watches = ThreadPoolExecutor(max_watches + 1, thread_name_prefix="health-watch")
        self._pools = (checks, watches)
        self.Check = OnReserve(self._check, checks)
        self.List = OnReserve(self._list, checks)
        self.Watch = OnReserve(self._watch, watches)

    def close(self) -> None:
        """Let the threads go."""
        for pool in self._pools:
            pool.shutdown(wait=False)

    def _check(
        self, request: health_pb2.HealthCheckRequest, _: grpc.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        return check(self._board, request.service)

    def _list(self, _: Message, __: grpc.ServicerContext) -> Message:
        return list_all(self._board)

    def _watch(
        self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
    ) -> Iterator[health_pb2.HealthCheckResponse]:
        if not self._watches.acquire(blocking=False):
            raise Refused(TOO_MANY_WATCHES)
        try:
            latest = _Latest()
            context.add_callback(lambda: latest.put(Health.CLOSED))
            with self._board.listening(request.service, latest.put):
                while (health := latest.take()) is not Health.CLOSED:
                    yield status_message(health)
        finally:
            self._watches.release()
        raise Refused(STOPPING)


class _Latest:
    """Holds the newest health that its one reader has not seen yet, and whether it is the last."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._health: Health | None = None
        self._closed = False

    def put(self, health: Health) -> None:
        with self._changed:
            if health is Health.CLOSED:
                self._closed = True
            else:
                self._health = health
            self._changed.notify()

    def take(self) -> Health:
        """Wait for the newest. The wait ends with the call at the latest: its end puts CLOSED."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._health is not None)
            health, self._health = self._health, None
        return health or Health.CLOSED
