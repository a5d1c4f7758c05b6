"""Waiting for a condition in tests."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def wait_until(what: str, probe: Callable[[], T | None], seconds: float = 60.0) -> T:
    """Asks until the answer is neither None nor false, and returns it.

    :raises TimeoutError: there was none within so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)
    return answer


def process_has_ended(pid: int) -> bool:
    """True once a process has ended, even if nobody has asked for its exit code yet."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return True
    except FileNotFoundError:  # macOS has no /proc, but an init that asks at once.
        return Path("/proc/self").exists()
    return state == "Z"
