"""grpc.health.v1 on a server with a thread pool, answered even when the pool is exhausted."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Condition

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from chassis.health import Health, HealthBoard
from chassis.reserve import OnReserve

SERVICE_NAME: str = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
MAX_WATCHES = 128
"""How many watches are open at once; a thread is kept for each, so there must be a bound."""

_CHECK_THREADS = 2
# The type stubs do not know List yet.
_list_response: Callable[..., Message] = vars(health_pb2)["HealthListResponse"]
_STATUS = {
    Health.SERVING: health_pb2.HealthCheckResponse.SERVING,
    Health.NOT_SERVING: health_pb2.HealthCheckResponse.NOT_SERVING,
    Health.UNKNOWN: health_pb2.HealthCheckResponse.SERVICE_UNKNOWN,
}


def status_message(health: Health) -> health_pb2.HealthCheckResponse:
    """Give the message for what a service's health is; CLOSED has none."""
    return health_pb2.HealthCheckResponse(status=_STATUS[health])


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
        self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        health = self._board.health_of(request.service)
        if health is Health.UNKNOWN:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
        return status_message(health)

    def _list(self, _: Message, __: grpc.ServicerContext) -> Message:
        board = self._board
        statuses = {name: status_message(board.health_of(name)) for name in board.services}
        return _list_response(statuses=statuses)

    def _watch(
        self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
    ) -> Iterator[health_pb2.HealthCheckResponse]:
        if not self._watches.acquire(blocking=False):
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many watches")
        try:
            latest = _Latest()
            context.add_callback(lambda: latest.put(Health.CLOSED))
            with self._board.listening(request.service, latest.put):
                while (health := latest.take()) is not Health.CLOSED:
                    yield status_message(health)
        finally:
            self._watches.release()
        context.abort(grpc.StatusCode.UNAVAILABLE, "the server is stopping")


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
