"""Doing the same again and again while something else happens."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def continuously(*actions: Callable[[], object]) -> Iterator[None]:
    """Repeat each action without pause, on a thread of its own, while the block runs.

    An exception ends the action, and is raised when the block has ended; if the block failed,
    perhaps for want of the action, it is a note to what that raised.
    """
    stopped = threading.Event()

    def repeat(action: Callable[[], object]) -> None:
        while not stopped.is_set():
            action()

    repeated: list[Future[None]] = []
    try:
        with ThreadPoolExecutor(len(actions)) as pool:
            repeated += [pool.submit(repeat, action) for action in actions]
            try:
                yield
            finally:
                stopped.set()
    except BaseException as error:
        for failure in filter(None, (each.exception() for each in repeated)):
            error.add_note(f"meanwhile: {failure!r}")
        raise
    for each in repeated:
        each.result()
