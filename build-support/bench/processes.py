"""What a contender's processes take, as Linux counts it; see proc(5)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_SESSION = 3
_USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM = 11, 12, 13, 14
_STARTED = 19
"""Of /proc/PID/stat, counted from the field after the name."""
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of a session took since they began.

    cpu_seconds: processor time of all of them, ended ones included.
    peak_bytes: the most memory that each living process had at once, the oldest process first.
        Pages that several share count for each.
    own_bytes: memory of all of them now, shared pages divided among those that share them.
    resident_bytes: the same with shared pages counted for each.
    """

    cpu_seconds: float
    peak_bytes: tuple[int, ...]
    own_bytes: int
    resident_bytes: int


def usage(session: int) -> Usage:
    """Look at all processes of a session."""
    found = sorted(_members(session), key=lambda member: int(member[1][_STARTED]))
    ticks = sum(
        int(fields[place])
        for _, fields in found
        for place in (_USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM)
    )
    peaks = tuple(_kib(pid / "status", "VmHWM:") * _KIB for pid, _ in found)
    own = sum(_kib(pid / "smaps_rollup", "Pss:") for pid, _ in found) * _KIB
    resident = sum(_kib(pid / "status", "VmRSS:") for pid, _ in found) * _KIB
    return Usage(ticks / _TICKS_PER_SECOND, peaks, own, resident)


def busy_seconds() -> float:
    """Give the processor time that the whole machine has taken since it was started."""
    fields = Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, soft_irq = (int(field) for field in fields[:7])
    return (user + nice + system + irq + soft_irq) / _TICKS_PER_SECOND


def _members(session: int) -> Iterator[tuple[Path, list[str]]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            stat = (folder / "stat").read_text("utf-8", "replace")
        except OSError:  # It has ended meanwhile.
            continue
        fields = stat.rpartition(")")[2].split()
        if int(fields[_SESSION]) == session:
            yield folder, fields


def _kib(file: Path, name: str) -> int:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
