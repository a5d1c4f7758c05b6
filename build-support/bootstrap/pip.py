"""Drives pip: wheels only, each checked against the hashes of a lock.

Where wheels come from is the user's own pip configuration; this code names no registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bootstrap.commands import run
from bootstrap.errors import BootstrapError
from bootstrap.platforms import Platform

# Enough for 80 MB over a slow line, and an end to a line that is dead.
DOWNLOAD_SECONDS = 1200.0
INSTALL_SECONDS = 300.0

WHERE_FROM = "pip took them from where your pip configuration says: see `pip config list`"
LOCKED = ("--require-hashes", "--no-deps", "--only-binary", ":all:")


class Pip:
    """The pip of one interpreter, `python` (of a virtual environment)."""

    def __init__(self, python: Path, environ: Mapping[str, str]) -> None:
        self._pip = (str(python), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
        self._environ = environ

    def download(self, lock: Path, target: Path) -> None:
        """Fetch the wheels of a lock for this interpreter."""
        self._download(lock, target, ())

    def download_for(
        self, platform: Platform, abis: tuple[str, ...], lock: Path, target: Path
    ) -> None:
        """Fetch the wheels of a lock for any platform, this one or another.

        `abis` are those of the interpreter there, such as "cp39". Without any the wheels are
        taken whatever Python they ask for: fit to unpack, not to import.
        """
        tags = [f"--platform={tag}" for tag in platform.wheel_tags]
        python = [f"--abi={abi}" for abi in abis] if abis else ["--ignore-requires-python"]
        self._download(lock, target, (*tags, *python))

    def install(self, lock: Path, wheels: Path) -> None:
        """Install a lock from wheels at hand, whatever the user's settings are."""
        source = ("--isolated", "--no-index", f"--find-links={wheels}")
        command = [*self._pip, "install", "--quiet", *source, *LOCKED, f"--requirement={lock}"]
        run(f"install {lock.name}", command, self._environ, INSTALL_SECONDS)

    def _download(self, lock: Path, target: Path, choice: tuple[str, ...]) -> None:
        command = [*self._pip, "download", "--quiet", *LOCKED, *choice]
        command += [f"--dest={target}", f"--requirement={lock}"]
        try:
            run(f"download the wheels of {lock.name}", command, self._environ, DOWNLOAD_SECONDS)
        except BootstrapError as error:
            raise BootstrapError(f"{error}\n{WHERE_FROM}") from error
