"""What both servers' contexts have in common, and the calls that are made of them."""

import re
import secrets
from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote

import grpc

from chassis.interceptors.call import Metadata, RpcKind, ServerCall
from chassis.tls.identity import AuthContext

REQUEST_ID = "x-request-id"
"""The metadata key of the id that connects what a client saw with what we logged."""

_SANE_ID = re.compile(r"[A-Za-z0-9._~:/+=-]{1,128}")
# A call without a deadline has, on threads, one at the end of time.
_NO_DEADLINE = 10 * 365 * 86400.0

# Of a method that does not exist, the client can send as much name as it likes.
_MAX_PATH = 256


class CallContext(Protocol):
    """The part of `grpc.ServicerContext` that `grpc.aio.ServicerContext` shares."""

    def peer(self) -> str:
        """Give the other end, percent-encoded."""

    def auth_context(self) -> AuthContext:
        """Give what is known of who the other end is."""

    def invocation_metadata(self) -> Metadata | None:
        """Give what the client sent."""

    def time_remaining(self) -> float | None:
        """Give the seconds until the deadline."""

    def code(self) -> grpc.StatusCode | int | None:
        """Give the code that the servicer has set."""

    def details(self) -> bytes | str | None:
        """Give the details that the servicer has set."""

    def trailing_metadata(self) -> Metadata | None:
        """Give the trailing metadata that the servicer has set."""

    def set_trailing_metadata(self, trailing_metadata: Metadata) -> None:
        """Replace the trailing metadata."""


def new_request_id() -> str:
    """Make an id that no other call has: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def call_of(
    context: CallContext, path: str, kind: RpcKind, *, known: bool, new_id: Callable[[], str]
) -> ServerCall:
    """Make the value for a call that has just arrived. `path` is "/package.Service/Method"."""
    service, _, method = path[:_MAX_PATH].removeprefix("/").rpartition("/")
    metadata = context.invocation_metadata() or ()
    return ServerCall(
        service=service,
        method=method,
        known=known,
        kind=kind,
        peer=unquote(context.peer()),
        metadata=metadata,
        time_left=time_left(context),
        request_id=_request_id(metadata) or new_id(),
        auth_context=context.auth_context,
    )


def time_left(context: CallContext) -> float | None:
    """Give the seconds until the client's deadline, at least 0, or None if it set none."""
    seconds = context.time_remaining()
    return None if seconds is None or seconds > _NO_DEADLINE else max(seconds, 0.0)


def code_set(context: CallContext) -> grpc.StatusCode | None:
    """Give the code that the servicer has set, or None. What is no code counts as UNKNOWN."""
    code = context.code()
    if code is None or isinstance(code, grpc.StatusCode):
        return code
    return next(
        (each for each in grpc.StatusCode if each.value[0] == code), grpc.StatusCode.UNKNOWN
    )


def details_set(context: CallContext) -> str:
    """Give the details that the servicer has set, "" if none."""
    details = context.details() or ""
    return details.decode("utf-8", "replace") if isinstance(details, bytes) else details


def add_trailing_metadata(context: CallContext, added: Metadata) -> None:
    """Add to the trailing metadata that the servicer has set."""
    context.set_trailing_metadata((*(context.trailing_metadata() or ()), *added))


def _request_id(metadata: Metadata) -> str | None:
    for key, value in metadata:
        if key == REQUEST_ID and isinstance(value, str) and _SANE_ID.fullmatch(value):
            return value
    return None
