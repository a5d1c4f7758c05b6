"""Calls that we make, as interceptors see them: the same on threads and on asyncio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import grpc

from chassis.interceptors.call import Refused, RpcKind


@dataclass(slots=True)
class ClientCall:
    """A call that is about to be made. Interceptors may change what is sent with it.

    service, method: full name of the service, and name of the method.
    timeout: seconds that the call may take; None is without end.
    metadata: what goes to the server. Keys are in lower case.
    code: how the call ended, once it has.
    """

    service: str
    method: str
    kind: RpcKind
    timeout: float | None
    metadata: list[tuple[str, str | bytes]]
    code: grpc.StatusCode | None = field(default=None, init=False)

    @classmethod
    def to(
        cls,
        path: str | bytes,
        kind: RpcKind,
        timeout: float | None,
        metadata: Sequence[tuple[str, str | bytes]] | None,
    ) -> "ClientCall":
        """Make the value for a call to "/package.Service/Method"."""
        text = path.decode() if isinstance(path, bytes) else path
        service, _, method = text.removeprefix("/").rpartition("/")
        return cls(service, method, kind, timeout, list(metadata or ()))


Ended = Callable[[], None]
"""Called once when a call has ended, on any thread. It must neither block nor raise."""


class ClientInterceptor(Protocol):
    """Work that is done around every call that goes over a channel."""

    def begin(self, call: ClientCall) -> Ended | None:
        """Look at a call, or change it, before it is made; give what is to be done at its end.

        It must not block, for on asyncio it runs on the event loop. It may raise Refused: no call
        is made then, and to its caller it has ended with that status. Any other exception is the
        caller's, too.
        """


class ClientChain:
    """Interceptors, the outermost first: the first to begin is the last to end."""

    def __init__(self, interceptors: Sequence[ClientInterceptor]) -> None:
        self._interceptors = tuple(interceptors)

    def begin(self, call: ClientCall) -> Callable[[grpc.StatusCode], None]:
        """Begin with all of them, and give what is told of the call's end. Only the first counts.

        If one raises, those before it are told of a call that ended with the status with which it
        was refused, or as UNKNOWN.
        """
        to_end: list[Ended] = []

        def end(code: grpc.StatusCode) -> None:
            if call.code is None:
                call.code = code
                for ended in reversed(to_end):
                    ended()

        try:
            for interceptor in self._interceptors:
                if ended := interceptor.begin(call):
                    to_end.append(ended)
        except BaseException as error:
            end(error.status.code if isinstance(error, Refused) else grpc.StatusCode.UNKNOWN)
            raise
        return end
