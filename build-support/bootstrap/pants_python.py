"""The CPython that runs Pants: which version it is, where it is, and what to do without it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from bootstrap.errors import BootstrapError
from bootstrap.interpreters import Finder, Interpreter, Search

ADVICE = """Install CPython {version} in one of these ways, then try again:
  pyenv install {version}
  uv python install {version}
  any other way that puts python{version} on PATH, with its modules venv and ensurepip"""


def required_version(locks: Path) -> str:
    """The minor version of CPython that the locks in a folder are for, such as "3.9"."""
    return (locks / "python-version").read_text().strip()


def find_python(version: str, environ: Mapping[str, str]) -> Interpreter:
    """The interpreter to run Pants with. Raises BootstrapError that says what to install."""
    search = Finder(version, environ).search()
    if search.found is None:
        raise BootstrapError(explain(version, search))
    return search.found


def explain(version: str, search: Search) -> str:
    """Why no interpreter will do, and what to do about it."""
    lines = [f"found no usable CPython {version}, which Pants needs."]
    if search.rejected:
        lines.append("These were found, and are of no use:")
        lines += [f"  {rejected.path} {rejected.reason}" for rejected in search.rejected]
    return "\n".join([*lines, ADVICE.format(version=version)])


def running_python(version: str) -> Interpreter:
    """The interpreter that runs this code. Raises BootstrapError unless it has that version.

    Archives are written by one version of Python everywhere, so that their bytes agree.
    """
    running = platform.python_version()
    if not running.startswith(f"{version}."):
        raise BootstrapError(f"run this with CPython {version}, not {running}")
    return Interpreter(Path(sys.executable), running, platform.system(), platform.machine())
