"""Whether the service is about to stop, known to all its processes."""

import mmap


class DrainFlag:
    """A flag that is seen in every process forked after it was made, whichever of them sets it."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Say that the service is about to stop. It is not taken back."""
        self._shared[0] = 1

    def is_set(self) -> bool:
        """Tell whether it is."""
        return self._shared[0] == 1
