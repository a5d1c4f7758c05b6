"""What stubs call: each call goes over the channel that reigns when it begins."""

from collections.abc import Callable
from typing import Any

import grpc

from chassis.tls.succession import Reign, Succession

Make = Callable[[grpc.Channel], Any]
"""Makes the multi-callable of a method, on a channel."""


class _OnReign:
    """Keeps the multi-callable of the channel that reigned last."""

    def __init__(self, succession: Succession, make: Make) -> None:
        self._succession = succession
        self._make = make
        self._made: tuple[Reign | None, Any] = (None, None)

    def _callable(self, reign: Reign) -> Any:
        of, made = self._made
        if of is not reign:
            made = self._make(reign.channel)
            self._made = (reign, made)
        return made

    def _begin(self, start: Callable[[Any], Any]) -> Any:
        """Start a call that goes on after this has returned, and give it."""
        reign = self._succession.acquire()
        try:
            call = start(self._callable(reign))
            if not call.add_callback(lambda: self._succession.release(reign)):
                self._succession.release(reign)  # It is over already.
        except BaseException:
            self._succession.release(reign)
            raise
        return call


class OneResponse(_OnReign):
    """See `grpc.UnaryUnaryMultiCallable` and `grpc.StreamUnaryMultiCallable`."""

    def __call__(self, request: Any, *args: Any, **options: Any) -> Any:
        """Call, and wait for the response."""
        reign = self._succession.acquire()
        try:
            return self._callable(reign)(request, *args, **options)
        finally:
            self._succession.release(reign)

    def with_call(self, request: Any, *args: Any, **options: Any) -> Any:
        """Call, and wait for the response; give the call too."""
        reign = self._succession.acquire()
        try:
            return self._callable(reign).with_call(request, *args, **options)
        finally:
            self._succession.release(reign)

    def future(self, request: Any, *args: Any, **options: Any) -> Any:
        """Call, and give the call, which is a future."""
        return self._begin(lambda callable_: callable_.future(request, *args, **options))


class ManyResponses(_OnReign):
    """See `grpc.UnaryStreamMultiCallable` and `grpc.StreamStreamMultiCallable`."""

    def __call__(self, request: Any, *args: Any, **options: Any) -> Any:
        """Call, and give the call, which iterates over the responses."""
        return self._begin(lambda callable_: callable_(request, *args, **options))
