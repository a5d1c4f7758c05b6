"""Memory that is no longer used goes back to the system."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SECONDS = 10.0


@contextmanager
def memory_given_back(seconds: float = _SECONDS) -> Iterator[None]:
    """Give back, every so many seconds while the block runs, what the C library keeps unused.

    glibc gives back only what is free at the end of a heap. After a flood of calls one small thing
    at the end, which stays, has all before it stay, too, though gRPC has let go of it. A C library
    that has nothing of the kind is let alone.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        yield
        return
    ended = threading.Event()

    def give_back() -> None:
        while not ended.wait(seconds):
            trim(0)  # Others go on meanwhile: it is called without the interpreter's lock.

    thread = threading.Thread(target=give_back, name="memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
