"""A worker calls its own server, so that it can say whether calls are answered."""

import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Any

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

_OPTIONS = (
    # A connection for each call, as for a client that comes anew.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
)
_RETRY_SECONDS = 0.5
_JOIN_SECONDS = 5.0


class SelfCheck:
    """Whether the server of this process answers, found out on a thread of its own when asked.

    It does if it answers a health check, well or not, that comes as any client's call does, over a
    connection of its own; and if of the calls that wait for a thread one has got it within
    `patience_seconds`: health has threads of its own.

    address: gives where the server listens.
    moves: tells whether, since it was last asked, a call got a thread, or none waits.
    call_seconds: how long the health check may take. After it comes another.
    answered: is called once for each `ask`, as soon as the server has answered.
    """

    def __init__(
        self,
        address: Callable[[], str],
        moves: Callable[[], bool],
        answered: Callable[[], None],
        patience_seconds: float,
        call_seconds: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._address = address
        self._moves = moves
        self._answered = answered
        self._patience_seconds = patience_seconds
        self._call_seconds = call_seconds
        self._clock = clock
        self._moved = clock()
        self._asked = threading.Event()
        self._closed = threading.Event()
        self._call: Any = None
        self._thread = threading.Thread(target=self._run, name="self-check", daemon=True)

    def __enter__(self) -> "SelfCheck":
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._closed.set()
        self._asked.set()
        if (call := self._call) is not None:
            call.cancel()
        self._thread.join(_JOIN_SECONDS)

    def ask(self) -> None:
        """Find out. Returns at once."""
        self._asked.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._asked.wait()
            self._asked.clear()
            while not self._closed.is_set():
                if self._is_answering():
                    self._answered()
                    break
                self._closed.wait(_RETRY_SECONDS)

    def _is_answering(self) -> bool:
        if self._moves():
            self._moved = self._clock()
        with grpc.insecure_channel(self._address(), _OPTIONS) as channel:
            stub: Any = HealthStub(channel)
            self._call = stub.Check.future(HealthCheckRequest(), timeout=self._call_seconds)
            if self._closed.is_set():
                self._call.cancel()
            is_ok = self._call.code() is grpc.StatusCode.OK
        return is_ok and self._clock() - self._moved <= self._patience_seconds
