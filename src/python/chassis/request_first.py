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
        self._waits_for_ends = False

    def wait_for_ends(self) -> None:
        """From now on, have calls handled when clients have said that there is no other request.

        For a server that stops: it closes a connection with its last answer. A gRPC client that is
        still sending would find it broken, and lose answers that have come and that it has not
        read.
        """
        self._waits_for_ends = True

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
            if self._waits_for_ends and _has_request(state):
                _run_at_end(event.call, state, run)
            else:
                run()
            return result

        # What comes of it is heard on this thread, so not before it is done here.
        _receive(event.call, state, receive_and_run)
        run = self._pool.admit(
            lambda: done.after(fn, task, event, state, behavior, received_or_awaited, *codec)
        )
        return done


def _receive(call: Any, state: Any, done: Callable[[Any], Any]) -> None:
    call.start_server_batch((_GRPC.cygrpc.ReceiveMessageOperation(0),), done)
    state.due.add(_GRPC._RECEIVE_MESSAGE_TOKEN)


def _has_request(state: Any) -> bool:
    with state.condition:
        return state.request is not None and bool(_GRPC._is_rpc_state_active(state))


def _run_at_end(call: Any, state: Any, run: Callable[[], None]) -> None:
    """Run when the client has ended its side; another request is left aside, as grpcio does."""
    request = state.request
    receive = _GRPC._receive_message(state, call, None)

    def receive_and_run(end_event: Any) -> Any:
        result = receive(end_event)
        with state.condition:
            state.request = request
        run()
        return result

    _receive(call, state, receive_and_run)


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
