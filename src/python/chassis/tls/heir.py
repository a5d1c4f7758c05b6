"""A channel that is to succeed another once it has connected."""

import threading
from typing import Any

import grpc

_NEVER_SENT = "/chassis.tls.SwappingChannel/Connect"
_PATIENCE = 6
"""How many looks new certificates have time to connect before it is logged that they do not."""


class Heir:
    """A channel that connects, in order to take over.

    It is made to connect by a call that is never sent. gRPC asks for a call's own credentials once
    there is a connection to send it over; being asked is all that this one is for, and it ends by
    refusing them. To watch the channel's connectivity instead takes a thread of gRPC's that polls,
    and that fails aloud if the channel is closed meanwhile.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self._asked = _Asked()
        self._patience = _PATIENCE
        untyped: Any = channel
        probe = grpc.metadata_call_credentials(self._asked)
        # It waits without a deadline, for a server that may be away; the channel's end is its own.
        method = untyped.unary_unary(_NEVER_SENT)
        # Kept, for a call that nobody holds is cancelled.
        self._call = method.future(b"", credentials=probe, wait_for_ready=True)

    @property
    def connected(self) -> bool:
        """Tell whether it has connected."""
        return self._asked.asked.is_set()

    def lose_patience(self) -> bool:
        """Count a look in vain, and tell whether it is the one after which to say so."""
        self._patience -= 1
        return self._patience == 0

    def give_up(self) -> None:
        """Close it."""
        self.channel.close()


class _Asked(grpc.AuthMetadataPlugin):
    """Notes that it was asked for credentials, and has none."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def __call__(
        self, _: grpc.AuthMetadataContext, callback: grpc.AuthMetadataPluginCallback
    ) -> None:
        self.asked.set()
        callback((), RuntimeError("connected"))
