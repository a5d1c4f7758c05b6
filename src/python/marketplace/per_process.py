"""What one process has learnt, and its locks, are not for its children."""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Something that each process makes for itself, when it first needs it.

    What `make` gives need not care for forks: a child never touches its parent's, whose locks some
    thread may have held at the fork. Safe to use from several threads.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: T | None = None
        this = weakref.ref(self)

        def forked() -> None:
            if (inherited := this()) is not None:
                inherited._start_anew()

        os.register_at_fork(after_in_child=forked)

    def get(self) -> T:
        """Give this process' own."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def made(self) -> T | None:
        """Give this process' own if there is one."""
        with self._lock:
            return self._made

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        self._made = None
