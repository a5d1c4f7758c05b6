"""Calls come to a thread with their request, not before.

grpcio has a thread of the pool ask for a call's request and wait until the thread that hears from
gRPC wakes it. Here that one asks, as soon as a call arrives, and hands the call on with its
request. It takes several switches of threads less a call, more than all interceptors cost, and
whoever never says what it asks for keeps no thread waiting.
"""

import importlib
from collections.abc import Callable
from typing import Any

from chassis.call_pool import CallPool

# What is asked for and looked at here is grpcio's own and not documented. `request_first_test.py`
# shows that it is still so; if not, calls go grpcio's way.
_GRPC: Any = importlib.import_module("grpc._server")
_USED = ("_RECEIVE_MESSAGE_TOKEN", "_is_rpc_state_active", "_receive_message", "cygrpc")
_TASK_NAMES = ("_unary_response_in_pool", "_stream_response_in_pool")
_IS_KNOWN = all(hasattr(_GRPC, name) for name in (*_USED, *_TASK_NAMES))
_TASKS = tuple(getattr(_GRPC, name) for name in _TASK_NAMES if _IS_KNOWN)
_ARGUMENTS = 7
_WAITING_FOR_REQUEST = "unary_request"


class RequestFirst:
    """What a `grpc.server` takes for its pool; of that it asks no more than `submit`."""

    def __init__(self, pool: CallPool) -> None:
        self._pool = pool

    def submit(self, fn: Callable[..., Any], *arguments: Any) -> Any:
        """Have a call handled, once its request is there if it has a single one."""
        if len(arguments) != _ARGUMENTS or arguments[0] not in _TASKS:
            return self._pool.submit(fn, *arguments)
        task, event, state, behavior, request, *codec = arguments
        if getattr(request, "__name__", "") != _WAITING_FOR_REQUEST:
            return self._pool.submit(fn, *arguments)

        def received_or_awaited() -> Any:
            with state.condition:
                received, state.request = state.request, None
                is_active = _GRPC._is_rpc_state_active(state)
            # Otherwise the client has ended the call, or cancelled it. What then, grpcio knows.
            return received if is_active and received is not None else request()

        done = _Done()
        receive = _GRPC._receive_message(state, event.call, None)

        def receive_and_run(message_event: Any) -> Any:
            result = receive(message_event)
            run()
            return result

        # What comes of it is heard on this thread, so not before it is done here.
        event.call.start_server_batch((_GRPC.cygrpc.ReceiveMessageOperation(0),), receive_and_run)
        state.due.add(_GRPC._RECEIVE_MESSAGE_TOKEN)
        run = self._pool.admit(
            lambda: done.after(fn, task, event, state, behavior, received_or_awaited, *codec)
        )
        return done


class _Done:
    """The part of a future that a `grpc.server` wants: to be told of the end."""

    __slots__ = ("_tell",)

    def __init__(self) -> None:
        self._tell: list[Callable[[_Done], object]] = []

    def add_done_callback(self, tell: Callable[["_Done"], object]) -> None:
        self._tell.append(tell)

    def after(self, fn: Callable[..., object], *arguments: Any) -> None:
        try:
            fn(*arguments)
        finally:
            for tell in self._tell:
                tell(self)
