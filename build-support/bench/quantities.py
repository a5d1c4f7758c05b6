"""What can be measured of a round, and how it is written."""

from dataclasses import dataclass

PER_SECOND = "per_second"
"""Calls or pages."""
P50 = "p50_seconds"
P99 = "p99_seconds"
CPU = "cpu_seconds"
"""Processor time of all processes of the contender, for one call or page."""
PEAK_MEMORY = "peak_bytes"
"""The most memory that any process of the contender had so far."""
OWN_MEMORY = "own_bytes"
"""Memory of all processes of the contender, shared pages counted once."""
RESIDENT = "resident_bytes"
"""Memory of all processes of the contender, shared pages counted for each."""
READY = "ready_seconds"
"""From a program's start until it listens."""
ELSEWHERE = "elsewhere"
"""The share of the machine's processors that neither the contender nor the load took."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How a quantity is written: times `factor`, with so many decimals."""

    words: str
    factor: float = 1.0
    decimals: int = 0

    def show(self, value: float) -> str:
        """Give a value as text, without the unit."""
        return f"{value * self.factor:,.{self.decimals}f}"


UNITS = {
    PER_SECOND: Unit("a second"),
    P50: Unit("ms, median", 1e3, 1),
    P99: Unit("ms, 99th percentile", 1e3, 1),
    CPU: Unit("µs of processor time", 1e6),
    PEAK_MEMORY: Unit("MB at most", 1e-6, 1),
    OWN_MEMORY: Unit("MB", 1e-6, 1),
    RESIDENT: Unit("MB", 1e-6, 1),
    READY: Unit("s until ready", 1.0, 2),
    ELSEWHERE: Unit("% of processors taken by others", 100.0),
}
