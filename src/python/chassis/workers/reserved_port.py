"""A port that several processes of ours are to share, and nobody else."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from chassis.address import ListenError, check_listenable, join

_TRIES = 10
"""How many ports are tried, when any will do, until one is free at every address of the host."""


@contextmanager
def reserved_port(host: str, port: int) -> Iterator[int]:
    """Keep a port (0: any free one), and give its number, while the block runs.

    Other processes of this user can listen on it, if they use SO_REUSEPORT; this one does not
    listen, so that it gets no connections. The port stays reserved while none of them lives.

    Raises ListenError, also if the port is shared by others already.
    """
    check_listenable(host, port)  # It has the words for what is in the way.
    with ExitStack() as held:
        for left in reversed(range(_TRIES if port == 0 else 1)):
            try:
                with ExitStack() as sockets:
                    number = _bind_all(host, port, sockets)
                    held.enter_context(sockets.pop_all())
                    break
            except OSError as error:
                if left and error.errno == errno.EADDRINUSE:
                    continue
                reason = os.strerror(error.errno) if error.errno else str(error)
                raise ListenError(f"cannot listen on {join(host, port)}: {reason}") from error
        yield number


def _bind_all(host: str, port: int, sockets: ExitStack) -> int:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    some = False
    failure: OSError | None = None
    for family, kind, protocol, _, address in found:
        try:
            bound = sockets.enter_context(socket.socket(family, kind, protocol))
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            _bind(bound, (address[0], port, *address[2:]))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise
            failure = error  # Say, a machine without IPv6.
            continue
        some = True
        port = port or bound.getsockname()[1]
    if failure and not some:
        raise failure
    return port


def _bind(bound: socket.socket, address: tuple[object, ...]) -> None:
    """Bind to what nobody else has, then let others in."""
    try:
        bound.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        # Connections of a predecessor may linger. Who listens is in the way all the same.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
