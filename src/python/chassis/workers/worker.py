"""A worker process' side of the line to its supervisor.

The line is a pair of sockets. The worker says a byte when it listens and when its health changes;
the supervisor sends a byte, the number of a signal, to stop it, or a question, which the worker
answers when its server has answered a call of its own. Signals themselves would not do:
a terminal, or systemd, sends them to all processes of a group, and the worker could not tell the
supervisor's second one, which means "now", from those.
"""

import faulthandler
import os
import select
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from chassis.grpc_settings import GrpcSettings
from chassis.health import OVERALL, Health, HealthBoard
from chassis.settings import Settings
from chassis.workers.private_listener import PrivateListener
from chassis.workers.self_check import SelfCheck

S = TypeVar("S", bound=Settings)
GetLogger = Callable[[str], FilteringBoundLogger]

VARIABLE = "SUPERVISED_WORKER"
"""Set by the supervisor alone: the worker's number, the port, two descriptors, and a folder.

The descriptors are those of the line and of a file for stacks.
"""

HEALTHY_SECONDS = 10.0
"""How long a worker waits, before it listens, for what it needs: then it is as a server alone."""
_POLL_SECONDS = 0.05

LISTENING = b"L"
SERVING = b"S"
NOT_SERVING = b"N"
ANSWERED = b"A"

QUESTION = b"\0"
"""No signal has the number 0."""

_HEALTH = {Health.SERVING: SERVING, Health.NOT_SERVING: NOT_SERVING}


class Worker:
    """What a process knows that was started by a supervisor. A `StopSource`.

    number: from 1 on; a worker that takes another's place takes its number.
    port: to listen on, together with the others.
    line: to the supervisor.
    stacks: the descriptor of a file.
    folder: that only the supervisor and its workers can enter.
    """

    def __init__(
        self, number: int, port: int, line: socket.socket, stacks: int, folder: Path
    ) -> None:
        self.number = number
        self.port = port
        self.listener = PrivateListener(folder, str(number))
        self._line = line
        self._line_is_open = True
        self._stacks = stacks
        self._check: SelfCheck | None = None
        self._open = ExitStack()

    @staticmethod
    def of(environ: Mapping[str, str]) -> "Worker | None":
        """Give what a supervisor has said, or None if none started this process."""
        if not (text := environ.get(VARIABLE)):
            return None
        *numbers, folder = text.split(maxsplit=4)
        number, port, descriptor, stacks = map(int, numbers)
        for each in (descriptor, stacks):
            os.set_inheritable(each, False)
        line = socket.socket(fileno=descriptor)
        line.setblocking(False)
        return Worker(number, port, line, stacks, Path(folder))

    def __enter__(self) -> "Worker":
        with ExitStack() as opened:
            self._woken, self._wake = (opened.enter_context(each) for each in socket.socketpair())
            self._wake.setblocking(False)
            opened.enter_context(self._line)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._open.close()

    def wait(self, seconds: float | None = None) -> signal.Signals | None:
        """See `StopSource`. That the supervisor is gone is SIGHUP, once."""
        end = None if seconds is None else monotonic() + seconds
        while True:
            left = None if end is None else max(0.0, end - monotonic())
            watched = [self._woken, *([self._line] if self._line_is_open else [])]
            readable, _, _ = select.select(watched, [], [], left)
            if self._line in readable:
                if order := self._order():
                    return order
                continue  # It was a question.
            if readable:
                self._woken.recv(1)
            return None

    def wake(self) -> None:
        """See `StopSource`."""
        with suppress(OSError):  # Nobody waits any more.
            self._wake.send(b"\0")

    def settings(self, settings: S) -> S:
        """Give a worker's own settings: what is there once is the supervisor's."""
        return settings.replace(listen_port=self.port, port_file=None, admin_port=None)

    def wait_until_healthy(
        self, board: HealthBoard, log: FilteringBoundLogger, seconds: float | None = None
    ) -> None:
        """Wait for health, or for an order, or for so long, `HEALTHY_SECONDS` unless given.

        To be called before it listens: the system deals out connections among all that do.
        """
        end = monotonic() + (HEALTHY_SECONDS if seconds is None else seconds)
        if unwell := board.unwell():
            log.info("not healthy yet, waiting before it listens", unwell=unwell)
        while board.health_of(OVERALL) is not Health.SERVING and monotonic() < end:
            if select.select([self._line], [], [], _POLL_SECONDS)[0]:
                return

    def naming(self, get_log: GetLogger) -> GetLogger:
        """Let each line say which worker it comes from."""
        return lambda name: get_log(name).bind(worker=self.number)

    def leave_stacks(self) -> None:
        """From now on, leave the stacks of all threads to the supervisor if a fault ends us.

        It works whatever Python does, even if some thread never gives up the interpreter's lock.
        """
        faulthandler.enable(self._stacks, all_threads=True)

    def announcing(
        self, board: HealthBoard, settings: GrpcSettings, moves: Callable[[], bool]
    ) -> Callable[[int], AbstractContextManager[None]]:
        """Give what tells the supervisor that this process listens, and how healthy it is.

        Its questions whether the server answers are answered as long, too. The server is one that
        has `listener`.

        moves: see `SelfCheck`.
        """

        @contextmanager
        def announce(_: int) -> Iterator[None]:
            check = SelfCheck(
                lambda: self.listener.address,
                moves,
                lambda: self._say(ANSWERED),
                patience_seconds=settings.max_call_seconds,
                call_seconds=settings.worker_timeout_seconds,
            )
            with check:
                self._check = check
                self._say(LISTENING)
                with board.listening(OVERALL, self._tell):
                    yield

        return announce

    def _order(self) -> signal.Signals | None:
        order = b""
        with suppress(OSError):  # The supervisor went without listening to what was said.
            order = self._line.recv(1)
        if order == QUESTION:
            if self._check:
                self._check.ask()
            return None
        if order:
            return signal.Signals(order[0])
        self._line_is_open = False
        return signal.SIGHUP

    def _tell(self, health: Health) -> None:
        if said := _HEALTH.get(health):
            self._say(said)

    def _say(self, said: bytes) -> None:
        with suppress(OSError):  # `wait` will notice.
            self._line.send(said)
