"""gunicorn's threaded worker, waiting for slow visitors without a thread for each."""

import socket
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

SILENT_SECONDS = 5.0
"""How long a connection may stay without its first request."""
LINGER_SECONDS = 2.0
"""How long a visitor has to close a connection after its last answer."""
MAX_UNREAD_BYTES = 65536
"""How much is read of what a visitor sends after that, to be thrown away."""
SIGN_OF_LIFE_SECONDS = 1.0
"""How often the master is told that the loop goes round; gunicorn's own tells it each time."""


class PatientWorker(ThreadWorker):
    """A worker that waits for visitors in its loop alone, for all of them at once.

    gunicorn's own lets a thread wait for what a new connection has to say, so that as many as there
    are threads keep everybody out for seconds: browsers open connections ahead of need. And it lets
    its loop wait for each visitor to close a connection that has had its last answer; meanwhile it
    takes nobody.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lingering: deque[_Lingering] = deque()
        self._next_sign = 0.0

    def notify(self) -> None:
        """See gunicorn. To tell is to ask the system, and to wait for one's turn in Python."""
        if (now := monotonic()) >= self._next_sign:
            self._next_sign = now + SIGN_OF_LIFE_SECONDS
            super().notify()

    def enqueue_req(self, conn: TConn) -> None:
        """See gunicorn. A new connection that says nothing yet waits until it does."""
        if conn.initialized or conn.data_ready or _has_something(conn.sock):
            conn.data_ready = True
            super().enqueue_req(conn)
            return
        conn.timeout = monotonic() + SILENT_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """See gunicorn. A connection that has had its last answer waits for the other end."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            lingering = _Lingering(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self._throw_away, lingering))
        except (OSError, ValueError):  # It was closed already, by either end.
            self.nr_conns -= 1
            conn.close()
            return
        self._lingering.append(lingering)

    def murder_pending(self) -> None:
        """See gunicorn. Close those who do not close, too."""
        super().murder_pending()
        now = monotonic()
        while self._lingering and self._lingering[0].until <= now:
            self._let_go(self._lingering[0])

    def _throw_away(self, lingering: "_Lingering", sock: socket.socket) -> None:
        # Closed with something unread, the system would send a reset, and the visitor might lose
        # the end of the answer.
        with suppress(OSError):
            if unread := sock.recv(MAX_UNREAD_BYTES):
                lingering.unread += len(unread)
                if lingering.unread < MAX_UNREAD_BYTES:
                    return
        self._let_go(lingering)

    def _let_go(self, lingering: "_Lingering") -> None:
        self._lingering.remove(lingering)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(lingering.conn.sock)
        self.nr_conns -= 1
        lingering.conn.close()


class _Lingering:
    """A connection whose visitor has not closed it yet."""

    def __init__(self, conn: TConn) -> None:
        self.conn = conn
        self.until = monotonic() + LINGER_SECONDS
        self.unread = 0


def _has_something(sock: socket.socket) -> bool:
    """Tell whether something is there to be read, if only the end. The socket does not block."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
