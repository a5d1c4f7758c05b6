"""A worker process, as its supervisor sees it."""

import os
import signal
import socket
from contextlib import suppress

from chassis.signals import STOP_SIGNALS
from chassis.workers.program import Program
from chassis.workers.worker import LISTENING, SERVING, VARIABLE


class WorkerProcess:
    """One that was started, until it is known to have ended.

    program: with the environment that all workers share.
    port: to listen on.

    Nothing of the supervisor's is inherited but the environment and the line. SIGTERM and SIGINT
    are blocked in the worker from its first moment on: it is the supervisor who stops it.
    """

    def __init__(self, number: int, program: Program, port: int) -> None:
        """Start it. Raises OSError."""
        self.number = number
        self.listening = False
        self.serving = False
        self.line_is_open = True
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        with theirs:
            theirs.set_inheritable(True)
            environ = {**program.environ, VARIABLE: f"{number} {port} {theirs.fileno()}"}
            try:
                self.pid = os.posix_spawn(
                    program.command[0], list(program.command), environ, setsigmask=STOP_SIGNALS
                )
            except BaseException:
                self._line.close()
                raise

    def fileno(self) -> int:
        """Give what becomes readable, for `select`, when there is something to hear."""
        return self._line.fileno()

    def hear(self) -> None:
        """Take in what the worker has said."""
        with suppress(BlockingIOError):  # That was all, for now.
            while said := self._receive():
                for each in said:
                    self._understand(bytes((each,)))
            self.line_is_open = False
            self.serving = False

    def order(self, number: signal.Signals) -> None:
        """Ask it to stop; for the second time: at once."""
        with suppress(OSError):  # It has ended.
            self._line.send(bytes((number,)))

    def kill(self) -> None:
        """End it, whatever it does. It is still to be waited for."""
        os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let the line go."""
        self._line.close()

    def _receive(self) -> bytes:
        try:
            return self._line.recv(64)
        except ConnectionError:  # It ended without listening to an order.
            return b""

    def _understand(self, said: bytes) -> None:
        if said == LISTENING:
            self.listening = True
        else:
            self.serving = said == SERVING
