"""What can happen while services run: one of them ends, or somebody sends a signal."""

import os
import signal
import threading
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
EventQueue = SimpleQueue[Event]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_signals_to(report: Callable[[Event], None]) -> Iterator[None]:
    """Reports Ctrl-C, SIGTERM and SIGHUP as events instead of dying from them. Main thread only.

    A thread reports them. A handler of Python's runs in the main thread alone, and not before that
    wakes up; but what it waits for may be this very event, and the kernel gives a signal to
    whichever thread it likes. The wakeup descriptor is written to at once.

    A SIGHUP that is ignored at the start stays ignored: that is what nohup asks for.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def follow() -> None:
        while number := os.read(reading, 1):
            report(Signaled(signal.Signals(number[0])))

    follower = threading.Thread(target=follow, name="signals", daemon=True)
    follower.start()
    wakeup = signal.set_wakeup_fd(writing)
    before = {
        number: signal.signal(number, _leave_it_to_the_wakeup_descriptor)
        for number in STOP_SIGNALS
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(writing)
        follower.join()
        os.close(reading)


def _leave_it_to_the_wakeup_descriptor(number: int, frame: FrameType | None) -> None:
    """Do nothing: the signal must have a handler, or it would end the process."""
