"""Calls are asked for ahead, so that a server that stops loses none that have arrived.

grpcio asks gRPC for a call of each method at a time. Those beyond it wait within gRPC until the
thread that hears from gRPC comes to ask again, and if the server is stopped before that, they end
with CANCELLED, which few clients try again. What gRPC has handed over is answered.
"""

import importlib
from typing import Any

CALLS_AHEAD = 128
"""How many calls of each method gRPC may hand over at once, and as many of all unknown methods."""

# What is used here is grpcio's own and not documented. `calls_ahead_test.py` shows that it is still
# so; if not, the server is started grpcio's way.
_GRPC: Any = importlib.import_module("grpc._server")
_USED = ("_request_call", "_request_registered_call")
_IS_KNOWN = all(hasattr(_GRPC, name) for name in _USED)
_STATE = ("lock", "due", "registered_method_handlers")


def start(server: Any) -> None:
    """Start a `grpc.server`, and ask for calls ahead."""
    state: Any = getattr(server, "_state", None)
    if not _IS_KNOWN or not all(hasattr(state, name) for name in _STATE):
        server.start()
        return
    # The thread that is started takes the lock for all that it hears, so not before it is let go.
    with state.lock:
        server.start()
        state.due = _Due(len(state.due))
        for _ in range(CALLS_AHEAD - 1):
            for method in state.registered_method_handlers:
                _GRPC._request_registered_call(state, method)
            _GRPC._request_call(state)


class _Due:
    """What a `grpc.server` has asked gRPC for and not heard of; its own set has one of a kind.

    It may only stop once there is nothing of it left, and asks no more than that.
    """

    __slots__ = ("_count",)

    def __init__(self, count: int) -> None:
        self._count = count

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, _: str) -> None:
        self._count += 1

    def remove(self, _: str) -> None:
        self._count -= 1
