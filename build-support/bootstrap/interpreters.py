"""Finds a Python interpreter of one version where people keep them: PATH, pyenv and uv."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.commands import CommandFailed, ask

PROBE = Path(__file__).with_name("probe.py")
PROBE_SECONDS = 20.0
# The first pip that knows the tags that the locked wheels carry (manylinux_2_28 and the like).
OLDEST_PIP = (20, 3)


@dataclass(frozen=True)
class Interpreter:
    """An interpreter that runs. `version` has three parts, as in 3.9.18."""

    path: Path
    version: str
    system: str
    machine: str


@dataclass(frozen=True)
class Rejected:
    """An interpreter that is there and of no use, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Search:
    """The outcome of a search: the first usable interpreter, and those refused on the way."""

    found: Interpreter | None
    rejected: tuple[Rejected, ...]


class Finder:
    """Searches for a CPython of one minor version, such as "3.9".

    `environ` is the environment whose PATH, PYENV_ROOT, UV_PYTHON_INSTALL_DIR, XDG_DATA_HOME and
    HOME say where to look. `installs` asks for what virtual environments and downloads need;
    `uv` looks among the interpreters that uv keeps, too.
    """

    def __init__(
        self, version: str, environ: Mapping[str, str], *, installs: bool = True, uv: bool = True
    ) -> None:
        self._version = version
        self._environ = environ
        self._installs = installs
        self._uv = uv

    def search(self) -> Search:
        """Try every candidate, best first, until one is usable."""
        rejected: list[Rejected] = []
        seen: set[Path] = set()
        for path in self._candidates():
            real = path.resolve()
            if real in seen or not path.is_file():
                continue
            seen.add(real)
            outcome = self._examine(path)
            if isinstance(outcome, Interpreter):
                return Search(outcome, tuple(rejected))
            rejected.append(outcome)
        return Search(None, tuple(rejected))

    def _candidates(self) -> Iterator[Path]:
        exact = f"python{self._version}"
        yield from self._on_path(exact)
        home = self._environ.get("HOME", "/nonexistent")
        pyenv = self._environ.get("PYENV_ROOT") or f"{home}/.pyenv"
        yield from self._kept_in(Path(pyenv, "versions"), "")
        if self._uv:
            data = self._environ.get("XDG_DATA_HOME") or f"{home}/.local/share"
            kept = self._environ.get("UV_PYTHON_INSTALL_DIR") or f"{data}/uv/python"
            yield from self._kept_in(Path(kept), "cpython-")
            yield from self._named_by_uv()
        yield from self._on_path("python3")
        yield from self._on_path("python")

    def _on_path(self, name: str) -> Iterator[Path]:
        folders = self._environ.get("PATH", "").split(":")
        return (Path(folder, name) for folder in folders if folder.startswith("/"))

    def _kept_in(self, folder: Path, prefix: str) -> Iterator[Path]:
        """The interpreters of a folder with a subfolder each, the newest first."""
        versions = folder.glob(f"{prefix}{self._version}.*")
        for version in sorted(versions, key=_by_number, reverse=True):
            yield version / "bin" / f"python{self._version}"

    def _named_by_uv(self) -> Iterator[Path]:
        """What uv itself finds, should its settings keep interpreters elsewhere."""
        uv = shutil.which("uv", path=self._environ.get("PATH", ""))
        if uv is None:
            return
        command = [uv, "python", "find", "--system", "--no-python-downloads", self._version]
        try:
            yield Path(ask(command, self._environ, PROBE_SECONDS))
        except CommandFailed:
            return  # It knows of none, or is too old to be asked.

    def _examine(self, path: Path) -> Interpreter | Rejected:
        try:
            output = ask([str(path), "-E", "-s", "-B", str(PROBE)], self._environ, PROBE_SECONDS)
            facts = json.loads(output)
            found = Interpreter(path, facts["version"], facts["system"], facts["machine"])
            reason = self._fault(found, facts)
        except CommandFailed as error:
            reason = str(error)
        except (ValueError, KeyError, TypeError):
            reason = "does not run Python code as expected"
        return Rejected(path, reason) if reason else found

    def _fault(self, found: Interpreter, facts: Mapping[str, str]) -> str | None:
        if facts["implementation"] != "CPython":
            return f"is {facts['implementation']}, not CPython"
        if not found.version.startswith(f"{self._version}."):
            return f"is Python {found.version}, not {self._version}"
        if not self._installs:
            return None
        if missing := facts["missing"]:
            return f"lacks these modules of the standard library: {missing}"
        if not (pip := facts["bundled_pip"]):
            return f"lacks ensurepip (Debian and Ubuntu: install python{self._version}-venv)"
        if tuple(int(part) for part in pip.split(".")[:2]) < OLDEST_PIP:
            return f"brings pip {pip}, too old for the wheels; take the newest {self._version}"
        if found.system == "Linux" and not facts["libc"]:
            return "is built for musl; the wheels of Pants need glibc"
        return None


def _by_number(folder: Path) -> tuple[int, ...]:
    """Order 3.9.18 after 3.9.2, whatever surrounds the numbers."""
    digits = "".join(char if char.isdigit() else " " for char in folder.name)
    return tuple(int(number) for number in digits.split())
