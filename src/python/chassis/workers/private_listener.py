"""A way into a server for its own process alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from chassis.address import ListenError
from chassis.service import Service


class PrivateListener:
    """Lets servers listen on a socket in a folder, in plain text, besides what they listen on.

    Of a port that processes share, the system chooses who answers: nobody can ask for himself.

    folder: that nobody else can enter.
    name: that no other process uses there.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / name
        self._servers = 0

    @property
    def address(self) -> str:
        """Where the newest server listens, in gRPC's form."""
        return f"unix:{self._path}.{self._servers}"

    def added_to(self, services: Sequence[Service]) -> Sequence[Service]:
        """Give services that bring the socket along to each server that they are added to.

        A server of asyncio may be followed by another, which needs a socket of its own: gRPC
        removes that of the former one some time later. Adding raises ListenError.
        """
        first, *others = services

        def add(servicer: Any, server: Any) -> None:
            first.add(servicer, server)
            self._servers += 1
            try:
                server.add_insecure_port(self.address)
            except RuntimeError as error:
                raise ListenError(f"cannot listen on {self.address}") from error

        return (replace(first, add=add), *others)
