"""Something that all processes of the service know, whichever of them says it."""

import mmap


class SharedFlag:
    """A flag that is seen in every process forked after it was made, whichever of them sets it."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Say that it is so."""
        self._shared[0] = 1

    def clear(self) -> None:
        """Say that it is so no more."""
        self._shared[0] = 0

    def is_set(self) -> bool:
        """Tell whether it is."""
        return self._shared[0] == 1
