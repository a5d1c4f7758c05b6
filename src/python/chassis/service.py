"""What a server serves: servicers under their full names, however the server works inside."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Service(Struct, frozen=True):
    """A servicer and how to add it to a server.

    name: full name, as in protobuf.
    add: the generated `add_…Servicer_to_server`.
    """

    name: str
    servicer: object
    add: Callable[[Any, Any], None]
