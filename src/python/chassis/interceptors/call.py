"""A call as interceptors see it: the same value on threads and on asyncio."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import grpc
from msgspec import Struct

from chassis.tls.identity import AuthContext

Metadata = Sequence[tuple[str, str | bytes]]
"""Keys in lower case with their values; those of keys that end in `-bin` are bytes."""


class RpcKind(enum.Enum):
    """What streams: requests, responses, both or neither. The value is go-grpc-prometheus' name."""

    UNARY = "unary"
    CLIENT_STREAM = "client_stream"
    SERVER_STREAM = "server_stream"
    BIDI_STREAM = "bidi_stream"

    @staticmethod
    def of(*, request_streaming: bool, response_streaming: bool) -> "RpcKind":
        """Give the kind of a method by what it streams."""
        if request_streaming:
            return RpcKind.BIDI_STREAM if response_streaming else RpcKind.CLIENT_STREAM
        return RpcKind.SERVER_STREAM if response_streaming else RpcKind.UNARY

    @property
    def request_streaming(self) -> bool:
        """Tell whether the question is a stream."""
        return self in (RpcKind.CLIENT_STREAM, RpcKind.BIDI_STREAM)

    @property
    def response_streaming(self) -> bool:
        """Tell whether the answer is a stream."""
        return self in (RpcKind.SERVER_STREAM, RpcKind.BIDI_STREAM)


class Status(Struct, frozen=True):
    """How a call ends other than well.

    details: text that the client may read.
    metadata: trailing metadata, added to the servicer's own.
    """

    code: grpc.StatusCode
    details: str
    metadata: Metadata = ()


class Refused(Exception):
    """Raised by a servicer, or by what stands before it, to end a call with a status of its choice.

    Unlike `context.abort` it is the same on threads and on asyncio.
    """

    def __init__(self, status: Status) -> None:
        self.status = status
        super().__init__(status.details)


class Ending(enum.Enum):
    """Why the servicer's code was left."""

    RETURNED = enum.auto()
    RAISED = enum.auto()
    ABORTED = enum.auto()
    """The servicer itself chose the status: by `context.abort` and its like, or by `Refused`."""
    ABANDONED = enum.auto()
    """The client cancelled, went away or ran out of time, so no status reaches it."""


@dataclass
class ServerCall:
    """One call, from its arrival to its end.

    service, method: full name of the service, and name of the method, as the client gave them.
    known: whether the server has that method. Names of unknown ones are the client's invention.
    peer: the other end in gRPC's form, such as `ipv4:127.0.0.1:50123`.
    metadata: what the client sent; let go of when the line of the log is noted.
    time_left: seconds until the client's deadline when the call arrived; None without a deadline.
    request_id: the client's `x-request-id` if it was sane, else an id of our own.
    auth_context: gives what gRPC knows of who the peer is, while the call lasts. It takes some
        time (tens of microseconds with TLS), so only what needs it asks.
    identities: the peer's verified names, set by peer authorization; see `chassis.tls.identity`.
    received, sent: how many messages of streams there were so far, either way.

    What follows is known once the servicer's code was left:

    ending: why it was.
    code, details: what the servicer chose, or what the client's departure amounts to. None as long
        as an exception has not been mapped.
    reply: the status that is to be sent instead, chosen by an interceptor.
    """

    service: str
    method: str
    known: bool
    kind: RpcKind
    peer: str
    metadata: Metadata
    time_left: float | None
    request_id: str
    auth_context: Callable[[], AuthContext] = dict
    identities: tuple[str, ...] = field(default=(), init=False)
    received: int = field(default=0, init=False)
    sent: int = field(default=0, init=False)
    ending: Ending | None = field(default=None, init=False)
    code: grpc.StatusCode | None = field(default=None, init=False)
    details: str = field(default="", init=False)
    reply: Status | None = field(default=None, init=False)

    def answer(self, status: Status) -> None:
        """Choose the status that is sent."""
        self.reply = status
        self.code = status.code

    def refuse(self, status: Status) -> NoReturn:
        """End the call with a status before the servicer sees it. Raises Refused."""
        self.answer(status)
        raise Refused(status)
