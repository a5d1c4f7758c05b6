"""Python's search for garbage, as a server wants it: seldom, and not among what stays."""

import gc

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
