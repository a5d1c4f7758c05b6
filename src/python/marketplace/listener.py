"""The socket that visitors come in by."""

import os
import socket

from chassis.address import ListenError, join

BACKLOG = 1024
"""Connections that wait for a free thread; the system refuses more."""


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address, on the first one if a name has several; port 0 lets the system choose.

    `::` takes IPv4 as well. Raises ListenError. Done here rather than by gunicorn, which would try
    a port that is taken for five seconds before it gives up.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(
            address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except OSError as error:
        # create_server adds the address to the reason, which is said already.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        raise ListenError(f"cannot listen on {join(host, port)}: {reason}") from error
