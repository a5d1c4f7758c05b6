"""A gRPC server with a thread pool: built, bound, served, stopped."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc

from chassis import calls_ahead
from chassis.address import ListenError, check_listenable, join
from chassis.call_pool import CallPool
from chassis.health import HealthBoard
from chassis.health_messages import MAX_WATCHES
from chassis.health_messages import SERVICE_NAME as HEALTH
from chassis.health_servicer import HealthServicer
from chassis.interceptors.admission import Admission
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.threads import ThreadsAdapter
from chassis.reflection import Reflection
from chassis.request_first import RequestFirst
from chassis.server_options import ServerOptions
from chassis.service import Service

_BEING_REFUSED = 256


class ThreadedServer:
    """Serves services, and beside them health (grpc.health.v1) and, unless it is off, reflection.

    interceptors: around every call, the outermost first.
    credentials: None is plain text; see `chassis.tls.server_credentials`.
    """

    def __init__(
        self,
        services: Iterable[Service],
        interceptors: Sequence[Interceptor],
        board: HealthBoard,
        options: ServerOptions,
        credentials: grpc.ServerCredentials | None = None,
    ) -> None:
        services = tuple(services)
        self._options = options
        self._credentials = credentials
        self._pool = CallPool(options.threads, options.max_calls + options.threads, "grpc")
        self._reserve = ThreadPoolExecutor(1, thread_name_prefix="grpc-reserve")
        admission = Admission(options.max_calls, lambda: self._pool.unfinished, {HEALTH})
        self._request_first = RequestFirst(self._pool)
        pool: Any = self._request_first
        self._server = grpc.server(
            pool,
            interceptors=[
                ThreadsAdapter(interceptors, admission, self._reserve, self._pool.handling)
            ],
            options=options.channel_arguments(),
            # Beyond what is admitted, watched and being refused, gRPC itself refuses.
            maximum_concurrent_rpcs=options.max_calls + MAX_WATCHES + _BEING_REFUSED,
        )
        for service in services:
            service.add(service.servicer, self._server)
        self._health = HealthServicer(board)
        add_health: Callable[[Any, Any], None] = health_pb2_grpc.add_HealthServicer_to_server
        add_health(self._health, self._server)
        if options.reflection:
            reflection = Reflection([each.name for each in services], on_loop=False)
            self._server.add_generic_rpc_handlers((reflection,))

    def listen(self, host: str, port: int) -> int:
        """Take a port (0: any free one) and give its number. Raises ListenError."""
        if not self._options.share_port:
            check_listenable(host, port)
        address = join(host, port)
        try:
            if self._credentials is None:
                return self._server.add_insecure_port(address)
            return self._server.add_secure_port(address, self._credentials)
        except RuntimeError as error:
            raise ListenError(f"cannot listen on {address}") from error

    def start(self, failed: Callable[[], None] | None = None) -> None:
        """Begin to answer calls; see `Server`. grpcio does not tell whether this kind fails."""
        calls_ahead.start(self._server)

    def has_moved(self) -> bool:
        """Tell whether, since this was last asked, a call got a thread, or none waits for one."""
        return self._pool.has_moved()

    def stop(self, grace_seconds: float) -> threading.Event:
        """Take no more calls, and cancel those in flight after the grace period.

        Returns at once; the event is set when no call is left. May be called again with a shorter
        period.
        """
        self._request_first.wait_for_ends()
        return self._server.stop(grace_seconds)

    def close(self) -> None:
        """Let the threads go, once stopped: gRPC needs them until then."""
        self._pool.shutdown(wait=False)
        self._reserve.shutdown(wait=False)
        self._health.close()
