"""The folder that holds installations: safe for several processes and for sudden death.

Each attempt builds in a folder of its own, `build-XXXX`. A symbolic link named after the key is
moved onto it as the last step, so whoever follows the link sees a whole installation or none.
Whoever builds holds an advisory lock, which the kernel drops when the process dies, however it
dies; so the holder may remove every folder that no link points to.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bootstrap.errors import BootstrapError

POLL_SECONDS = 0.1
UNUSED_DAYS = 30.0
DAY_SECONDS = 86400.0
BUILD_PREFIX = "build-"


class InstallationCache:
    """The folder `root`, made when it is not there. `report` is told when there is a wait."""

    def __init__(self, root: Path, report: Callable[[str], None]) -> None:
        self._root = root
        self._report = report

    @contextlib.contextmanager
    def locked(self, wait_seconds: float) -> Iterator[None]:
        """Hold the lock. Raises BootstrapError when another process keeps it too long."""
        self._root.mkdir(parents=True, exist_ok=True)
        path = self._root / "lock"
        with path.open("a+") as file:
            self._acquire(file.fileno(), path, wait_seconds)
            path.write_text(f"{os.getpid()}\n")
            yield

    def _acquire(self, descriptor: int, path: Path, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds
        told = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                holder = path.read_text().strip() or "unknown"
            if time.monotonic() >= deadline:
                raise BootstrapError(
                    f"gave up after {wait_seconds:.0f} s: process {holder} is still installing"
                    f" and holds {path}"
                )
            if not told:
                self._report(f"waiting for process {holder}, which is installing")
                told = True
            time.sleep(POLL_SECONDS)

    def publish(self, key: str, build: Callable[[Path], None]) -> None:
        """Build into a new folder and let the link `key` point to it. The lock must be held.

        When `build` raises, its folder is removed and the link is not touched.
        """
        target = Path(tempfile.mkdtemp(prefix=BUILD_PREFIX, dir=self._root))
        try:
            build(target)
            (target / "last-used").touch()
            link = target / "link"
            link.symlink_to(target.name)
            link.replace(self._root / key)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise

    def clean(self, broken: str) -> None:
        """Remove what dead processes left and what no checkout has used for 30 days.

        The installation of the key `broken` goes too. The lock must be held.
        """
        oldest = time.time() - UNUSED_DAYS * DAY_SECONDS
        for link in self._links():
            if link.name == broken or _last_used(link) < oldest:
                link.unlink()
        wanted = {link.resolve() for link in self._links()}
        for folder in self._root.glob(f"{BUILD_PREFIX}*"):
            if folder.resolve() not in wanted:
                shutil.rmtree(folder, ignore_errors=True)

    def _links(self) -> list[Path]:
        return [path for path in self._root.iterdir() if path.is_symlink()]


def _last_used(link: Path) -> float:
    """When the launcher last ran this installation, in seconds; 0 when it is broken."""
    try:
        return (link / "last-used").stat().st_mtime
    except OSError:
        return 0.0
