"""A worker process, as its supervisor sees it."""

import os
import signal
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

from chassis.signals import STOP_SIGNALS
from chassis.workers.liveness import Liveness
from chassis.workers.program import Program
from chassis.workers.worker import ANSWERED, LISTENING, QUESTION, SERVING, VARIABLE

_MAX_STACKS = 32 * 1024
_STATE = "State:"


class WorkerProcess:
    """One that was started, until it is known to have ended.

    program: with the environment that all workers share.
    port: to listen on.
    folder: for what workers listen on beside it; nobody else can enter it.
    timeout_seconds: how long it may leave a question unanswered, once it listens.

    Nothing of the supervisor's is inherited but the environment, the line, and a file in memory for
    the stacks of one that ends by a fault. SIGTERM and SIGINT are blocked in the worker from its
    first moment on: it is the supervisor who stops it.
    """

    def __init__(
        self, number: int, program: Program, port: int, folder: Path, timeout_seconds: float
    ) -> None:
        """Start it. Raises OSError."""
        self.number = number
        self.listening = False
        self.serving = False
        self.line_is_open = True
        self.liveness = Liveness(timeout_seconds)
        with ExitStack() as opened:
            self._stacks = os.memfd_create("stacks")
            opened.callback(os.close, self._stacks)
            self._line, theirs = socket.socketpair()
            opened.enter_context(self._line)
            self._line.setblocking(False)
            with theirs:
                inherited = (theirs.fileno(), self._stacks)
                told = f"{number} {port} {theirs.fileno()} {self._stacks} {folder}"
                for each in inherited:
                    os.set_inheritable(each, True)
                try:
                    self.pid = os.posix_spawn(
                        program.command[0],
                        list(program.command),
                        {**program.environ, VARIABLE: told},
                        setsigmask=STOP_SIGNALS,
                    )
                finally:
                    os.set_inheritable(self._stacks, False)
            self._opened = opened.pop_all()

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

    def ask(self) -> None:
        """Ask whether its server answers."""
        with suppress(OSError):  # It has ended.
            self._line.send(QUESTION)
        self.liveness.asked()

    def abort(self) -> None:
        """End it with its stacks left behind, if it still can do so. Say that it does not serve."""
        self.serving = False
        os.kill(self.pid, signal.SIGABRT)

    def kill(self) -> None:
        """End it, whatever it does. It is still to be waited for."""
        os.kill(self.pid, signal.SIGKILL)

    def state(self) -> str:
        """Give what the system says that it does, such as `T (stopped)`; "" if it does not say."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text("utf-8", "replace").splitlines():
                if line.startswith(_STATE):
                    return line.removeprefix(_STATE).strip()
        return ""

    def stacks(self) -> str:
        """Give the stacks of its threads, if it was ended by a fault, or by `abort`; else ""."""
        return os.pread(self._stacks, _MAX_STACKS, 0).decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of what it shared with the supervisor."""
        self._opened.close()

    def _receive(self) -> bytes:
        try:
            return self._line.recv(64)
        except ConnectionError:  # It ended without listening to an order.
            return b""

    def _understand(self, said: bytes) -> None:
        if said == LISTENING:
            self.listening = True
            self.liveness.answered()
        elif said == ANSWERED:
            self.liveness.answered()
        else:
            self.serving = said == SERVING
