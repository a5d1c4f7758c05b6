"""Reads requirement locks: pinned versions with hashes, as `uv pip compile` writes them."""

from __future__ import annotations

import re
from pathlib import Path

from bootstrap.errors import BootstrapError

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


def pinned_version(lock: Path, distribution: str) -> str:
    """The version that the lock pins for a distribution. Raises BootstrapError when it has none.

    Names compare as PEP 503 says, so `Buf_Bin` is `buf-bin`.
    """
    for pin in PIN.finditer(lock.read_text()):
        if _normalized(pin["name"]) == _normalized(distribution):
            return pin["version"]
    raise BootstrapError(f"{lock.name} pins no version of {distribution}")


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
