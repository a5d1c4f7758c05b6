"""A file that says on which port a service listens: how others learn a port chosen with 0."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class PortFileError(Exception):
    """A port file that cannot be written. The text says why, in one line."""


@contextmanager
def port_file(path: Path | None, port: int) -> Iterator[None]:
    """Keep `path`, if there is one, with the port in decimal for as long as the block runs.

    It appears whole or not at all, and is removed unless another process has replaced it meanwhile.
    """
    if path is None:
        yield
        return
    _write(path, f"{port}\n")
    try:
        yield
    finally:
        with suppress(OSError):
            if path.read_text("ascii") == f"{port}\n":
                path.unlink()


def _write(path: Path, text: str) -> None:
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise PortFileError(f"cannot write the port file {path}: {error.strerror}") from error
