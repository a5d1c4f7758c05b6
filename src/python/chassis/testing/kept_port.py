"""A port at which nobody listens but whom a test tells to."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_port(host: str) -> Iterator[int]:
    """Keep a port from all others while the block runs, also while no server of the test has it."""
    with socket.socket() as kept:
        # Whoever says the same may listen there, as servers do.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind((host, 0))
        yield int(kept.getsockname()[1])
