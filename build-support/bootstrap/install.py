"""Installs what `./pants` is about to run, unless another process has just done so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.build import Builder
from bootstrap.cache import InstallationCache
from bootstrap.errors import BootstrapError
from bootstrap.interpreters import Interpreter
from bootstrap.locks import pinned_version
from bootstrap.platforms import platform_of

# Longer than a whole installation may take.
WAIT_SECONDS = 3600.0


@dataclass(frozen=True)
class Request:
    """One installation. `target` is the link that `./pants` follows, `version` that of Pants."""

    target: Path
    version: str
    wait_seconds: float = WAIT_SECONDS


def is_complete(target: Path) -> bool:
    """Whether the launcher can run what `target` holds. The launcher asks the same."""
    programs = (target / "venv" / "bin" / name for name in ("python", "pants"))
    return all(os.access(program, os.X_OK) for program in programs)


def install(
    request: Request,
    python: Interpreter,
    locks: Path,
    environ: Mapping[str, str],
    report: Callable[[str], None],
) -> None:
    """Fill `request.target` with what the locks of the folder `locks` pin, to run on `python`.

    Raises BootstrapError when a step fails and OSError when the disk does.
    """
    locked = pinned_version(locks / "pants.lock", "pantsbuild.pants")
    if locked != request.version:
        raise BootstrapError(
            f"pants.toml asks for Pants {request.version} but pants.lock pins {locked};"
            f" {locks / 'README.md'} tells how to upgrade"
        )
    platform = platform_of(python.system, python.machine)
    cache = InstallationCache(request.target.parent, report)
    with cache.locked(request.wait_seconds):
        if is_complete(request.target):
            return
        started = time.monotonic()
        report(f"installing Pants {request.version} into {request.target} (once)")
        cache.clean(broken=request.target.name)
        builder = Builder(locks, python, platform, environ, report)
        cache.publish(request.target.name, builder.build)
        report(f"installed in {time.monotonic() - started:.0f} s")
