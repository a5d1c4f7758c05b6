"""Where the default database is."""

from collections.abc import Mapping
from pathlib import Path

from recommendations.errors import StorageError


class NoStateFolder(StorageError):
    """There is no folder in which a program of this user may keep files."""


def default_file(environ: Mapping[str, str]) -> Path:
    """Give the file of this user's database, which exists when this returns.

    It is in XDG_STATE_HOME or `~/.local/state` (XDG Base Directory Specification).

    Raises NoStateFolder if it cannot be made, or if nothing names a folder.
    """
    home = environ.get("HOME", "")
    state = environ.get("XDG_STATE_HOME", "")
    # The specification ignores relative ones.
    if not state.startswith("/"):
        if not home.startswith("/"):
            raise NoStateFolder("neither XDG_STATE_HOME nor HOME names a folder")
        state = f"{home}/.local/state"
    folder = Path(state) / "onlinebooks"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / "recommendations.db"
        with file.open("ab"):
            pass
    except OSError as error:
        raise NoStateFolder(f"{error.filename}: {error.strerror}") from error
    return file
