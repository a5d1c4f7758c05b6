"""Where a server listens."""

import errno
import os
import socket

_DECISIVE = (errno.EADDRINUSE, errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL)


class ListenError(Exception):
    """An address that cannot be listened on. The text names it and says why, in one line."""


def join(host: str, port: int) -> str:
    """Give "host:port", with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_listenable(host: str, port: int) -> None:
    """Raise ListenError if another process has the port, or this one may not.

    gRPC's own failure to bind does not say why, hence this look beforehand. A name that stands for
    several addresses is refused if any of them is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ListenError(f"cannot listen on {join(host, port)}: {error.strerror}") from error
    for family, kind, protocol, _, address in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            # Say, a machine without IPv6: whether one address is enough is for gRPC to decide.
            if error.errno in _DECISIVE:
                reason = os.strerror(error.errno)
                raise ListenError(f"cannot listen on {join(host, port)}: {reason}") from error
