"""A folder for secrets: only its owner reads it, and version control ignores it."""

import os
import tempfile
from pathlib import Path

_IGNORE_ALL = b"*\n"


class UnusableFolder(Exception):
    """A folder that secrets must not, or cannot, be put into. The text says why, in one line."""


class SecretFolder:
    """Files of mode 0600 in folders of mode 0700, each of which appears whole or not at all.

    The constructor makes the folder, with a `.gitignore` that covers everything in it. A folder
    that has other contents is left alone, for it may be a repository's. Raises UnusableFolder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        marker = path / ".gitignore"
        try:
            _make(path)
            strange = any(path.iterdir()) and not (
                marker.is_file() and marker.read_bytes() == _IGNORE_ALL
            )
            if strange:
                raise UnusableFolder(f"{path}: is not empty, and was not made by this tool")
            _replace(marker, _IGNORE_ALL)
        except OSError as error:
            raise UnusableFolder(f"{path}: {error.strerror}") from error

    def read(self, name: str) -> bytes | None:
        """Give what is in a file, None if there is no such file. Raises UnusableFolder."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableFolder(f"{self.path / name}: {error.strerror}") from error

    def write(self, name: str, text: bytes) -> None:
        """Replace a file, "name" or "folder/name". Raises UnusableFolder."""
        path = self.path / name
        try:
            _make(path.parent)
            _replace(path, text)
        except OSError as error:
            raise UnusableFolder(f"{path}: {error.strerror}") from error

    def remove(self, name: str) -> None:
        """Remove a file if it is there. Raises UnusableFolder."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise UnusableFolder(f"{self.path / name}: {error.strerror}") from error


def _make(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _replace(path: Path, text: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # Mode 0600.
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
