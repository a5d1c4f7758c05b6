"""Memory as the system sees it."""

import ctypes
import threading
from pathlib import Path
from typing import Any

import pytest

from chassis.memory import memory_given_back
from chassis.testing.waiting import wait_until

WAIT = 30.0
BLOCK, BLOCKS = 1024, 65_536
HALF_KIB = BLOCK * BLOCKS // 2 // 1024


def resident_kib() -> int:
    status = Path("/proc/self/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


@pytest.fixture()
def library() -> Any:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.free.argtypes = [ctypes.c_void_p]
    return library


def test_what_is_free_before_something_that_stays_is_given_back(library: Any) -> None:
    """64 MiB in small pieces, as gRPC takes them, of which the last stays in use."""
    blocks = [library.malloc(BLOCK) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK)
    for block in blocks[:-1]:
        library.free(block)
    kept = resident_kib()
    with memory_given_back(0.01):
        wait_until(lambda: resident_kib() < kept - HALF_KIB, WAIT)
    library.free(blocks[-1])


def threads() -> int:
    """How many there are that give back memory; others, of tests before, come and go."""
    return sum(each.name == "memory" for each in threading.enumerate())


def test_nothing_goes_on_afterwards() -> None:
    with memory_given_back():
        assert 1 == threads()
    assert 0 == threads()


def test_a_library_that_cannot_is_let_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    with memory_given_back():
        assert 0 == threads()
