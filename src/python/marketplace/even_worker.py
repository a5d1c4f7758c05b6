"""gunicorn's threaded worker, taking as many visitors as the others."""

import socket
from selectors import EVENT_READ
from time import monotonic
from typing import Any

from marketplace.connection_counts import ConnectionCounts
from marketplace.patient_worker import PatientWorker

LEFT_SECONDS = 0.002
"""How long a visitor is left to those who have fewer."""


class EvenWorker(PatientWorker):
    """A worker that leaves a new visitor to those who have fewer, for a moment.

    All workers are woken by a visitor, and whoever is quickest takes them: of a few who come at
    once, one worker may get nearly all. A connection that is kept stays where it is, so that one
    processor would have all the work, and those visitors wait for it.

    counts: of all workers; the master's, in its place.
    number: from 1, of no other that lives; given by the master. 0 is of none: it takes whom it can.
    """

    def __init__(self, *arguments: Any) -> None:
        self.counts = ConnectionCounts()
        self.number = 0
        self._connections = 0
        self._takes_part = False
        self._left: list[socket.socket] = []
        self._again_at = 0.0
        super().__init__(*arguments)

    @property
    def nr_conns(self) -> int:
        """How many connections there are; gunicorn counts them."""
        return self._connections

    @nr_conns.setter
    def nr_conns(self, connections: int) -> None:
        self._connections = connections
        if self._takes_part:
            self.counts.tell(self.number, connections)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """See gunicorn."""
        self._take_up()
        super().set_accept_enabled(enabled)
        self._takes_part = bool(enabled)
        if self._takes_part:
            self.counts.tell(self.number, self._connections)
        else:
            self.counts.leave_out(self.number)

    def accept(self, listener: socket.socket) -> None:
        """See gunicorn. Others may come first."""
        if self.alive and self.counts.others_have_fewer(self.number, self._connections):
            self.poller.unregister(listener)
            self._left.append(listener)
            self._again_at = monotonic() + LEFT_SECONDS
        else:
            super().accept(listener)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """See gunicorn. Takes whom nobody else has taken."""
        if self._left:
            timeout = max(0.0, self._again_at - monotonic())
        super().wait_for_and_dispatch_events(timeout)
        if self._left and monotonic() >= self._again_at:
            for listener in self._left:
                super().accept(listener)  # Does nothing when nobody waits.
            self._take_up()

    def _take_up(self) -> None:
        for listener in self._left:
            self.poller.register(listener, EVENT_READ, self.accept)
        self._left.clear()
