"""Python's search for garbage, as a server wants it: seldom, and not among what stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = 10_000
"""How many more objects there must be than at the last search; Python's own number is 700.

Calls in flight alone are thousands of objects. At 700 a busy server looks through them every
twentieth call and finds nothing, for what calls leave behind goes without a search.
"""


def expect_calls() -> None:
    """Set up this process for calls, once all that stays has been made."""
    gc.collect()
    gc.freeze()
    _, *older = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *older)


@contextmanager
def making_much() -> Iterator[None]:
    """Make what stays, be it modules or books, without a search for garbage among it.

    A search through millions of objects takes seconds, in which no call is answered. There is
    none while the block runs, and none looks at what it left behind: whatever of it is no longer
    used goes as usual, unless it refers to itself. For one thread at a time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
