"""A text file that tells how much of it was read."""

import hashlib
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

_REPORT_EVERY = 1000


def lines_of(path: Path, advance: Callable[[int], object]) -> Iterator[str]:
    """Give the lines of a file in UTF-8 with their ends; other bytes as `surrogateescape` does.

    advance: is told how many bytes more were read, now and then.

    Raises OSError.
    """
    with path.open("rb") as file:
        # As `csv` wants them: with whichever ends they have.
        text = TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="\n")
        told = 0
        while lines := list(islice(text, _REPORT_EVERY)):
            advance(file.tell() - told)
            told = file.tell()
            yield from lines


def sha256_of(*paths: Path) -> str:
    """Give the digest of the contents of files, one after the other. Raises OSError."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
