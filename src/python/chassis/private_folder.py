"""A folder of a family of processes, that is not left behind."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - a folder that nobody else can enter is made in it.

_NEW_SECONDS = 60.0


@contextmanager
def private_folder(purpose: str) -> Iterator[Path]:
    """Make a private folder, in memory where there is such a place, and remove it at the end.

    purpose: a word of its name, `chassis-purpose-…`.

    In memory, because files that are mapped from a disk make their writers wait for it at times,
    and because all other folders may be read-only. Folders of those that were killed before they
    could remove theirs go, too: they would fill the memory of a pod whose container is restarted.
    """
    base = MEMORY_FOLDER if os.access(MEMORY_FOLDER, os.W_OK) else Path(tempfile.gettempdir())
    prefix = f"chassis-{purpose}-"
    _remove_abandoned(base, prefix)
    maker = os.getpid()
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
    lock = _lock(folder)  # Lasts as long as this process, and what is forked from it.
    try:
        yield folder
    finally:
        if os.getpid() == maker:  # Not a process that was forked in the block.
            shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _remove_abandoned(base: Path, prefix: str) -> None:
    """Remove the folders of this user that no living process has locked."""
    for folder in base.glob(f"{prefix}*"):
        with suppress(OSError):
            found = folder.lstat()
            # One that is new may be about to be locked.
            old = time.time() - found.st_mtime > _NEW_SECONDS
            if old and found.st_uid == os.geteuid():
                lock = _lock(folder)
                if lock is not None:
                    shutil.rmtree(folder, ignore_errors=True)
                    os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder, and give the descriptor that holds the lock; None if another process does.

    Raises OSError for what is no folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
