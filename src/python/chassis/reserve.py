"""Threads kept for calls that must be answered when all others are busy."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

_ATTRIBUTE = "experimental_thread_pool"
# grpcio's own name for it: `grpc._server` runs a handler with such an attribute in that pool.
# `health_servicer_test.py` shows that it still does.


class OnReserve:
    """A handler that runs on threads of its own rather than on the server's."""

    def __init__(self, handler: Callable[..., Any], pool: Executor) -> None:
        self._handler = handler
        setattr(self, _ATTRIBUTE, pool)

    def __call__(self, request: Any, context: Any) -> Any:
        """Handle a call."""
        return self._handler(request, context)


def keep_pool(handler: Any, wrapped: Any) -> Any:
    """Give `wrapped`, which an interceptor made of `handler`, that one's pool; returns it."""
    pool = getattr(_behavior(handler), _ATTRIBUTE, None)
    if pool is not None:
        setattr(_behavior(wrapped), _ATTRIBUTE, pool)
    return wrapped


def has_own_pool(behavior: Any) -> bool:
    """Tell whether calls are handled on other threads than the server's."""
    return getattr(behavior, _ATTRIBUTE, None) is not None


def _behavior(handler: Any) -> Any:
    return (
        handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    )
