"""gunicorn's threaded worker, stopping without turning away whom the system has let in."""

import signal
from typing import Any

from marketplace.even_worker import EvenWorker
from marketplace.shared_flag import SharedFlag

TELL_TO_END = frozenset({signal.SIGTERM, signal.SIGQUIT})
"""The signals by which the master tells a worker to end. It forks the worker with them blocked."""


class DrainingWorker(EvenWorker):
    """A worker that closes the socket as soon as it is told to stop.

    gunicorn's own keeps it open until its last request is done, so that visitors who come meanwhile
    wait for nothing.

    serves: whether it takes visitors, or would if it had room; for the master to see.
    draining: whether the service is about to stop; the master's, in its place.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.serves = SharedFlag()  # Made before the fork.
        self.draining = SharedFlag()

    def init_signals(self) -> None:
        """See gunicorn. SIGINT reaches every process of a terminal; here the master decides.

        From here on the worker can be told to end.
        """
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TELL_TO_END)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """See gunicorn. When stopping: take those who wait in the system's queue, then close.

        A worker that is told to stop while it starts is asked to accept all the same, and then not.
        """
        stopping = not enabled and not self.alive
        if stopping:
            self.serves.clear()
            self._accept_waiting()
        elif enabled:
            self.serves.set()
        super().set_accept_enabled(enabled)
        if stopping:
            for listener in self.sockets:
                listener.close()
            self.sockets = []

    def handle_request(self, req: Any, conn: Any) -> Any:
        """See gunicorn. While it drains, each connection ends with its next answer, which says so.

        Otherwise the end would come between two requests of a connection that is kept, and a
        visitor who was sending the second would get nothing.
        """
        if self.draining.is_set():
            req.force_close()
        return super().handle_request(req, conn)

    def _accept_waiting(self) -> None:
        for listener in self.sockets:
            before = -1
            while before < self.nr_conns < self.worker_connections:
                before = self.nr_conns
                self.accept(listener)  # Does nothing when nobody waits.
