"""Describes the cache that installations live in and the helper binaries in one of them."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bootstrap.binaries import BINARIES, Binary
from bootstrap.findings import Finding
from bootstrap.known_versions import KnownVersion, stated_in
from bootstrap.platforms import SUPPORTED

MEGABYTE = 1_000_000
# An installation takes 390 MB, and its wheels 80 MB while it is made.
NEEDED_BYTES = 500 * MEGABYTE


def cache_finding(target: Path) -> Finding:
    """The cache folder that holds `target`: its size, and whether it can take an installation."""
    root = target.parent
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    used = sum(_sizes(root)) // MEGABYTE
    free = shutil.disk_usage(existing).free
    installed = "holds what this checkout needs" if target.exists() else "nothing installed yet"
    detail = f"{root}: {used} MB used, {free // MEGABYTE} MB free, {installed}"
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        detail += "\nnot writable"
    elif free < NEEDED_BYTES:
        detail += f"\ntoo full: an installation needs {NEEDED_BYTES // MEGABYTE} MB"
    usable = target.exists() or "\n" not in detail
    return Finding("cache", usable, detail, "holds Pants and its helper binaries", required=True)


def binary_findings(target: Path, locks: Path, pants_toml: str) -> Iterator[Finding]:
    """Each helper binary: whether it is unpacked, and a file that pants.toml states."""
    stated = stated_in(pants_toml)
    for binary in BINARIES:
        version = binary.version(locks)
        file = target / "tools" / binary.file(version)
        usable, detail = False, "not unpacked yet"
        if file.exists():
            usable, fit = _compare(binary, version, file.read_bytes(), stated)
            detail = f"{file}, {fit}"
        purpose = "Pants runs it; ./pants unpacks it at first use"
        yield Finding(f"{binary.scope} {version}", usable, detail, purpose)


def _compare(
    binary: Binary, version: str, content: bytes, stated: set[KnownVersion]
) -> tuple[bool, str]:
    if binary.scope not in {one.scope for one in stated}:
        return True, "unused by pants.toml"
    if any(KnownVersion.of(binary, version, one, content) in stated for one in SUPPORTED):
        return True, "as pants.toml states"
    return False, "NOT the file that pants.toml states"


def _sizes(folder: Path) -> Iterator[int]:
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # An installation may be under way.
                yield os.lstat(os.path.join(parent, name)).st_size
