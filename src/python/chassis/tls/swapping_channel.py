"""A channel that takes up new certificates while it is in use."""

from collections.abc import Callable
from typing import Any

import grpc
from structlog.typing import FilteringBoundLogger

from chassis.tls.certificates import Credentials
from chassis.tls.heir import Heir
from chassis.tls.multi_callables import ManyResponses, OneResponse
from chassis.tls.store import CertificateStore
from chassis.tls.succession import Listener, Succession
from chassis.tls.watch import Watch

Connect = Callable[[grpc.ChannelCredentials], grpc.Channel]
"""Makes a channel, such as `chassis.channel.open_channel` does."""


class SwappingChannel(grpc.Channel):
    """Is a new channel underneath whenever the store's certificates change; stubs notice nothing.

    gRPC reads a client's certificates once, when the channel is made. So here a second channel is
    made of the new ones, and takes over as soon as it has connected; until then the old one goes
    on. Thus neither the handshake nor certificates that the server does not (yet) accept cost a
    call. Calls that have begun end on the channel on which they began.

    connect: makes a channel with credentials.
    seconds: how often to look for changes.
    grace_seconds: how long calls may go on after a change.

    What the methods take is the channel's underneath to say: gRPC's own interceptors hand on more
    than its interface names, and by position.

    A thread watches the files from here on: make it in the process that uses it, and close it.
    """

    def __init__(
        self,
        connect: Connect,
        store: CertificateStore,
        log: FilteringBoundLogger,
        seconds: float = 10.0,
        grace_seconds: float = 30.0,
    ) -> None:
        self._connect = connect
        self._store = store
        self._log = log
        store.refresh()  # It may have been made long ago, by a process that has forked this one.
        self._of = store.current
        self._succession = Succession(connect(channel_credentials(self._of)), grace_seconds)
        self._heir: Heir | None = None
        self._watch = Watch(self._look, seconds, log).__enter__()

    def close(self) -> None:
        """Close the channel, cancelling calls."""
        self._watch.stop()
        if self._heir:
            self._heir.give_up()
        self._succession.close()

    def unary_unary(self, *arguments: Any, **options: Any) -> Any:
        """See `grpc.Channel`."""
        return OneResponse(self._succession, lambda on: on.unary_unary(*arguments, **options))

    def stream_unary(self, *arguments: Any, **options: Any) -> Any:
        """See `grpc.Channel`."""
        return OneResponse(self._succession, lambda on: on.stream_unary(*arguments, **options))

    def unary_stream(self, *arguments: Any, **options: Any) -> Any:
        """See `grpc.Channel`."""
        return ManyResponses(self._succession, lambda on: on.unary_stream(*arguments, **options))

    def stream_stream(self, *arguments: Any, **options: Any) -> Any:
        """See `grpc.Channel`."""
        return ManyResponses(self._succession, lambda on: on.stream_stream(*arguments, **options))

    def subscribe(self, callback: Listener, try_to_connect: bool = False) -> None:
        """See `grpc.Channel`."""
        self._succession.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Listener) -> None:
        """See `grpc.Channel`."""
        self._succession.unsubscribe(callback)

    def __enter__(self) -> "SwappingChannel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look(self) -> None:
        self._store.refresh()
        if self._store.current is not self._of:
            self._of = self._store.current
            if self._heir:
                self._heir.give_up()
            self._heir = Heir(self._connect(channel_credentials(self._of)))
        # Not yet one that is succeeded below: gRPC's thread that tells listeners of connectivity
        # needs a moment to let go of it.
        self._succession.close_retired()
        if self._heir:
            if self._heir.connected:
                self._succession.succeed(self._heir.channel)
                self._heir = None
                self._log.info("calls use the new certificates")
            elif self._heir.lose_patience():
                self._log.warning("the new certificates do not connect, the former stay in use")


def channel_credentials(credentials: Credentials) -> grpc.ChannelCredentials:
    """Give them in gRPC's form. Without authorities, those count that gRPC ships with."""
    pem = credentials.pem
    return grpc.ssl_channel_credentials(pem.authorities, pem.key, pem.certificate)
