"""A text file that tells how much of it was read."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

_REPORT_EVERY = 1000


def lines_of(path: Path, advance: Callable[[int], object]) -> Iterator[str]:
    """Give the lines of a file in UTF-8 with their ends; other bytes as `surrogateescape` does.

    advance: is told how many bytes more were read, now and then.

    Raises OSError.
    """
    with path.open("rb") as file:
        told = 0
        for number, line in enumerate(file):
            if number % _REPORT_EVERY == 0:
                advance(file.tell() - told)
                told = file.tell()
            yield line.decode("utf-8-sig" if number == 0 else "utf-8", "surrogateescape")
        advance(file.tell() - told)


def sha256_of(*paths: Path) -> str:
    """Give the digest of the contents of files, one after the other. Raises OSError."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
