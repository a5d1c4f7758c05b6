"""Waiting for what happens on another thread."""

import time
from collections.abc import Callable

_POLL_SECONDS = 0.005


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return once the condition holds. Raises TimeoutError if it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(_POLL_SECONDS)
