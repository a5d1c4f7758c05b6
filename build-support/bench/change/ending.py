"""Lets a program that is told to end clean up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def exit_when_told() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise SystemExit in the block, by the first of them alone.

    Without it they end a process at once, with all that it would have removed left behind. The exit
    code is 128 and the signal's number, as shells have it. For the main thread.
    """
    before = {each: signal.signal(each, _exit) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _exit(number: int, _: FrameType | None) -> None:
    for each in _SIGNALS:
        # Another one must not keep this one from removing things.
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)
