"""Doing the same again and again while something else happens."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def continuously(*actions: Callable[[], object]) -> Iterator[None]:
    """Repeat each action without pause, on a thread of its own, while the block runs.

    An exception ends the action, and is raised when the block has ended.
    """
    stopped = threading.Event()

    def repeat(action: Callable[[], object]) -> None:
        while not stopped.is_set():
            action()

    with ThreadPoolExecutor(len(actions)) as pool:
        repeated = [pool.submit(repeat, action) for action in actions]
        try:
            yield
        finally:
            stopped.set()
    for each in repeated:
        each.result()
