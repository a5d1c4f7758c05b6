"""Peers on free ports that are no gRPC servers."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from chassis.testing.running import HOST
from marketplace.service_address import ServiceAddress


@contextmanager
def socket_server(talk: Callable[[socket.socket], None]) -> Iterator[ServiceAddress]:
    """Accept connections while the block runs, and let `talk` have each; it may block."""
    connections: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # Closed: the block is over.
                return
            connections.append(connection)
            threading.Thread(target=_talk, args=(talk, connection), daemon=True).start()

    with socket.create_server((HOST, 0)) as listener:
        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield ServiceAddress(HOST, listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(30)
            for connection in connections:
                connection.close()


@contextmanager
def refusing_address() -> Iterator[ServiceAddress]:
    """Give an address that refuses connections for as long as the block runs."""
    with socket.socket() as reserved:
        reserved.bind((HOST, 0))
        yield ServiceAddress(HOST, reserved.getsockname()[1])


def _talk(talk: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with suppress(OSError):  # The client went first, or the block is over.
        talk(connection)
