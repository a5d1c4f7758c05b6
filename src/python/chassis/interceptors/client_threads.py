"""Interceptors around the calls of a channel for threads."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import grpc

from chassis.interceptors.call import Refused, RpcKind
from chassis.interceptors.client import ClientCall, ClientChain, ClientInterceptor
from chassis.interceptors.client_blocking import BlockingShortcut
from chassis.interceptors.refused_call import RefusedCall


def intercepted(channel: grpc.Channel, interceptors: Sequence[ClientInterceptor]) -> grpc.Channel:
    """Put interceptors around a channel, the outermost first. Without any it is given as it is."""
    if not interceptors:
        return channel
    chain = ClientChain(interceptors)
    around = grpc.intercept_channel(channel, _ThreadsAdapter(chain))
    return BlockingShortcut(channel, around, chain)


class _Details(NamedTuple):
    """What is changed of a call; of the rest gRPC takes what it was."""

    timeout: float | None
    metadata: Sequence[tuple[str, str | bytes]]


class _ThreadsAdapter(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    def __init__(self, chain: ClientChain) -> None:
        self._chain = chain

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._intercept(RpcKind.UNARY, continuation, details, request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._intercept(RpcKind.SERVER_STREAM, continuation, details, request)

    def intercept_stream_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._intercept(RpcKind.CLIENT_STREAM, continuation, details, request)

    def intercept_stream_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return self._intercept(RpcKind.BIDI_STREAM, continuation, details, request)

    def _intercept(
        self, kind: RpcKind, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        call = ClientCall.to(details.method, kind, details.timeout, details.metadata)
        try:
            end = self._chain.begin(call)
        except Refused as refused:
            return RefusedCall(refused.status)
        try:
            outcome = continuation(_Details(call.timeout, tuple(call.metadata)), request)
        except BaseException:
            end(grpc.StatusCode.UNKNOWN)
            raise
        # A call that blocked is over; one that goes on, such as a stream, tells when it is.
        outcome.add_done_callback(lambda done: end(done.code()))
        return outcome if outcome.done() else _Held(outcome)


class _Held:
    """A call that goes on, cancelled when its caller lets go of it.

    So it is with gRPC's own; but one that is to tell of its end is held by gRPC until then, which
    may be never.
    """

    def __init__(self, call: Any) -> None:
        self._call = call

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._call, name)
        # A method may be all that is kept of this: `stub.Method.future(request).result()`.
        return partial(_holding, self, attribute) if callable(attribute) else attribute

    def __iter__(self) -> "_Held":
        return self

    def __next__(self) -> Any:
        return next(self._call)

    def __del__(self) -> None:
        self._call.cancel()  # Does nothing once it has ended.


def _holding(_: _Held, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return method(*arguments, **options)
