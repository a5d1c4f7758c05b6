"""Channels that follow one another: each is closed when the calls that began on it are over."""

import threading
from collections.abc import Callable
from time import monotonic

import grpc

Listener = Callable[[grpc.ChannelConnectivity], None]


class Reign:
    """A channel, from when calls begin on it until it is closed."""

    __slots__ = ("calls", "channel", "close_at")

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self.calls = 0
        self.close_at = 0.0


class Succession:
    """Knows which channel reigns, and which former ones still have calls. Safe from any thread.

    grace_seconds: how long calls may go on after their channel has been succeeded; then they are
        cancelled, so that not every stream that never ends keeps a connection with it.
    clock: gives seconds; only differences matter.
    """

    def __init__(
        self, first: grpc.Channel, grace_seconds: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self._current = Reign(first)
        self._retired: list[Reign] = []
        self._listeners: dict[Listener, bool] = {}
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._lock = threading.Lock()

    def acquire(self) -> Reign:
        """Begin a call: it keeps the channel open until `release`."""
        with self._lock:
            self._current.calls += 1
            return self._current

    def release(self, reign: Reign) -> None:
        """End a call. Does no more than count, for gRPC calls it on its own threads."""
        with self._lock:
            reign.calls -= 1

    def succeed(self, channel: grpc.Channel) -> None:
        """Let calls begin on another channel from now on."""
        with self._lock:
            former, self._current = self._current, Reign(channel)
            former.close_at = self._clock() + self._grace_seconds
            self._retired.append(former)
            for listener, try_to_connect in self._listeners.items():
                former.channel.unsubscribe(listener)
                channel.subscribe(listener, try_to_connect)

    def close_retired(self) -> None:
        """Close former channels whose calls, or whose time, are over."""
        with self._lock:
            now = self._clock()
            over = [each for each in self._retired if not each.calls or now >= each.close_at]
            self._retired = [each for each in self._retired if each not in over]
        for reign in over:
            reign.channel.close()

    def close(self) -> None:
        """Close all channels, cancelling calls."""
        with self._lock:
            reigns = [*self._retired, self._current]
            self._retired = []
        for reign in reigns:
            reign.channel.close()

    def subscribe(self, listener: Listener, try_to_connect: bool) -> None:
        """Tell a listener the connectivity of whichever channel reigns."""
        with self._lock:
            self._listeners[listener] = try_to_connect
            self._current.channel.subscribe(listener, try_to_connect)

    def unsubscribe(self, listener: Listener) -> None:
        """Tell it no more."""
        with self._lock:
            self._listeners.pop(listener, None)
            self._current.channel.unsubscribe(listener)
