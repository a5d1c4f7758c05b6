"""What both servers' contexts have in common, and the calls that are made of them."""

import random
import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote

import grpc

from chassis.interceptors.call import Metadata, ServerCall
from chassis.interceptors.methods import Method
from chassis.tls.identity import AuthContext

REQUEST_ID = "x-request-id"
"""The metadata key of the id that connects what a client saw with what we logged."""

_MAX_ID = 128
_matches = re.compile(rf"[A-Za-z0-9._~:/+=-]{{1,{_MAX_ID}}}").fullmatch
# A call without a deadline has, on threads, one at the end of time.
_NO_DEADLINE = 10 * 365 * 86400.0


class CallOrigin(Protocol):
    """What is known of a call that has arrived."""

    def peer(self) -> str:
        """Give the other end, percent-encoded."""

    def auth_context(self) -> AuthContext:
        """Give what is known of who the other end is."""

    def invocation_metadata(self) -> Metadata | None:
        """Give what the client sent."""

    def time_remaining(self) -> float | None:
        """Give the seconds until the deadline."""


class CallContext(CallOrigin, Protocol):
    """The part of `grpc.ServicerContext` that `grpc.aio.ServicerContext` shares."""

    def code(self) -> grpc.StatusCode | int | None:
        """Give the code that the servicer has set."""

    def details(self) -> bytes | str | None:
        """Give the details that the servicer has set."""

    def trailing_metadata(self) -> Metadata | None:
        """Give the trailing metadata that the servicer has set."""

    def set_trailing_metadata(self, trailing_metadata: Metadata) -> None:
        """Replace the trailing metadata."""


def new_request_id() -> str:
    """Make an id that no other call has: 128 random bits in hexadecimal.

    Not a secret, so chance need not be asked of the system, which would cost a switch of threads.
    The module's own source of chance is seeded anew after a fork.
    """
    return f"{random.getrandbits(128):032x}"


def is_sane(request_id: str) -> bool:
    """Tell whether an id may stand in our log, and in what we send, as it is."""
    # The first is true of most ids, and quicker to tell.
    plain = len(request_id) <= _MAX_ID and request_id.isascii() and request_id.isalnum()
    return plain or _matches(request_id) is not None


def call_of(origin: CallOrigin, method: Method, new_id: Callable[[], str]) -> ServerCall:
    """Make the value for a call that has just arrived."""
    metadata = origin.invocation_metadata() or ()
    request_id = None
    for key, value in metadata:
        if key == REQUEST_ID and isinstance(value, str) and is_sane(value):
            request_id = value
            break
    peer = origin.peer()
    return ServerCall(
        method.service,
        method.name,
        method.known,
        method.kind,
        unquote(peer) if "%" in peer else peer,
        metadata,
        time_left(origin),
        request_id or new_id(),
        origin.auth_context,
    )


def time_left(origin: CallOrigin) -> float | None:
    """Give the seconds until the client's deadline, at least 0, or None if it set none."""
    seconds = origin.time_remaining()
    if seconds is None or seconds > _NO_DEADLINE:
        return None
    return seconds if seconds > 0 else 0.0


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


def add_trailing_metadata(context: CallContext, *added: tuple[str, str | bytes]) -> None:
    """Add to the trailing metadata that the servicer has set."""
    context.set_trailing_metadata((*(context.trailing_metadata() or ()), *added))
