"""What can happen while services run: one of them ends, or somebody sends a signal."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from types import FrameType


@dataclass(frozen=True)
class Exited:
    """A service's process ended.

    `code` is its exit code, or minus the number of the signal that ended it.
    """

    service: str
    code: int


@dataclass(frozen=True)
class Signaled:
    """Somebody asked this process to stop."""

    signal: signal.Signals


Event = Exited | Signaled
# Unlike that of queue.Queue, its put() may run in a signal handler that interrupts get() or put().
EventQueue = SimpleQueue[Event]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_signals_to(report: Callable[[Event], None]) -> Iterator[None]:
    """Reports Ctrl-C, SIGTERM and SIGHUP as events instead of dying from them.

    A SIGHUP that is ignored at the start stays ignored: that is what nohup asks for.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        report(Signaled(signal.Signals(number)))

    before = {
        number: signal.signal(number, handle)
        for number in STOP_SIGNALS
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
