"""What load generators have in common."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from shutil import which


class LoadError(Exception):
    """A load that cannot be made, or requests that failed. The text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Load:
    """What became of requests that were sent one after the other on several connections.

    seconds: from the first to the last.
    p50_seconds, p99_seconds: the median, and what 99 of 100 requests took at most, as the generator
        saw it. It sends the next request when it has the last reply, so a server that stalls is
        asked less: compare these between servers, at the same number of requests at once.
    """

    requests: int
    seconds: float
    p50_seconds: float
    p99_seconds: float

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def require(program: str, package: str) -> None:
    """Raise LoadError unless a program is there.

    package: Debian's package of it.
    """
    if which(program) is None:
        raise LoadError(f"needs {program}: on Debian and Ubuntu, apt install {package}")


def output_of(command: Sequence[str], timeout_seconds: float) -> str:
    """Run a load generator and give what it prints. Raises LoadError if it fails or lasts."""
    program = command[0]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise LoadError(f"{program} took over {timeout_seconds:g} s") from None
    if done.returncode:
        raise LoadError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
