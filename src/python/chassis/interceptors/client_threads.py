"""Interceptors around the calls of a channel for threads."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import grpc

from chassis.interceptors.call import RpcKind
from chassis.interceptors.client import ClientCall, ClientChain, ClientInterceptor


def intercepted(channel: grpc.Channel, interceptors: Sequence[ClientInterceptor]) -> grpc.Channel:
    """Put interceptors around a channel, the outermost first. Without any it is given as it is."""
    if not interceptors:
        return channel
    return grpc.intercept_channel(channel, _ThreadsAdapter(interceptors))


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
    def __init__(self, interceptors: Sequence[ClientInterceptor]) -> None:
        self._chain = ClientChain(interceptors)

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
        end = self._chain.begin(call)
        try:
            outcome = continuation(_Details(call.timeout, tuple(call.metadata)), request)
        except BaseException:
            end(grpc.StatusCode.UNKNOWN)
            raise
        # A call that blocked is over; one that goes on, such as a stream, tells when it is.
        outcome.add_done_callback(lambda done: end(done.code()))
        return outcome
