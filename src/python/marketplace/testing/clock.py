"""Time that passes when a test says so."""


class FakeClock:
    """A clock in seconds. It begins at a time that has no meaning, as monotonic clocks do."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
