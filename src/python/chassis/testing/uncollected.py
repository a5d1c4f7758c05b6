"""Without the search for garbage, as services are served."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Put the search off while the block, or the function that this decorates, runs."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
