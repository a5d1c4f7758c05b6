"""Calls on an event loop from their arrival on, when nothing of them has been read."""

from chassis.interceptors.call import Metadata


class InFlight:
    """How many calls there are."""

    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls = 0


class Arrival:
    """A call that has arrived, whether or not it ever says what it asks for.

    metadata: what the client sent; gRPC would make them anew if asked again.
    """

    __slots__ = ("_counts", "_in_flight", "metadata")

    def __init__(self, metadata: Metadata, in_flight: InFlight, counts: bool) -> None:
        self.metadata = metadata
        self._in_flight = in_flight
        self._counts = counts
        in_flight.calls += counts

    def leave(self, _: object = None) -> None:
        """Count it no longer."""
        self._in_flight.calls -= self._counts
        self._counts = False
