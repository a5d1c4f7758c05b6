"""Looks for interpreters, programs and servers around the repository; changes nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bootstrap.commands import CommandFailed, ask
from bootstrap.findings import Finding
from bootstrap.interpreters import Finder, Search

ANSWER_SECONDS = 5.0
SERVICES_VERSION = re.compile(r'"CPython==(\d+\.\d+)\.\*"')

ENGINES = {
    "docker": ("version", "--format={{.Server.Version}}"),
    "podman": ("info", "--format={{.Version.Version}}"),
}
POSTGRES_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS_BROWSERS = (
    "Applications/Chromium.app/Contents/MacOS",
    "Applications/Google Chrome.app/Contents/MacOS",
)


class Surroundings:
    """The machine as `environ` shows it. `root` is where its file system begins."""

    def __init__(self, environ: Mapping[str, str], root: Path = Path("/")) -> None:
        self._environ = environ
        self._root = root

    def services_python(self, pants_toml: str) -> Finding:
        """The interpreter that Pants runs services, tests and linters with.

        Pants looks for it on PATH and among pyenv's versions, not among uv's.
        """
        constraint = SERVICES_VERSION.search(pants_toml)
        if constraint is None:
            return Finding("CPython", False, "pants.toml names no version", "runs services", True)
        version = constraint[1]
        search = Finder(version, self._environ, installs=False, uv=False).search()
        return python_finding(
            version, search, "runs the services and their tests (on PATH or in pyenv)"
        )

    def programs(self) -> Iterator[Finding]:
        """Programs that Pants itself starts."""
        yield self._program("bash", "Pants starts its sandboxed processes with it", required=True)
        yield self._program("tar", "Pants unpacks helper binaries with it", required=True)
        yield self._program("git", "`./pants --changed-since` and comparing with a branch")

    def container_engine(self) -> Finding:
        """A container client, and whether an engine answers it."""
        purpose = "building and running images"
        silent = []
        for name, question in ENGINES.items():
            client = self._which(name)
            if client is None:
                continue
            try:
                version = ask([client, *question], self._environ, ANSWER_SECONDS)
                return Finding("engine", True, f"{client}, engine {version}", purpose)
            except CommandFailed as error:
                silent.append(f"{client} is there; its engine does not answer: {error}")
        detail = "\n".join(silent) or "neither docker nor podman on PATH"
        return Finding("engine", False, detail, purpose)

    def database_client(self) -> Finding:
        """psql."""
        return self._program("psql", "looking into a PostgreSQL database")

    def database_server(self) -> Finding:
        """The server program, which distributions keep off PATH."""
        globs = [path for pattern in POSTGRES_FOLDERS for path in self._root.glob(pattern)]
        folders = sorted(str(path) for path in globs)
        path = ":".join([self._environ.get("PATH", ""), *reversed(folders)])
        return self._first("postgres", ("postgres",), "tests against PostgreSQL", path)

    def browser(self) -> Finding:
        """A browser that tests can drive."""
        folders = [str(self._root / folder) for folder in MACOS_BROWSERS]
        path = ":".join([self._environ.get("PATH", ""), *folders])
        names = (*BROWSERS, "Chromium", "Google Chrome")
        return self._first("browser", names, "tests of the page in a real browser", path)

    def _program(self, name: str, purpose: str, *, required: bool = False) -> Finding:
        path = self._environ.get("PATH", "")
        return self._first(name, (name,), purpose, path, required=required)

    def _first(
        self, name: str, names: Sequence[str], purpose: str, path: str, *, required: bool = False
    ) -> Finding:
        unusable = []
        for candidate in names:
            program = shutil.which(candidate, path=path)
            if program is None:
                continue
            try:
                version = ask([program, "--version"], self._environ, ANSWER_SECONDS)
            except CommandFailed as error:
                unusable.append(f"{program} {error}")
                continue
            first_line = (version.splitlines() or ["version unknown"])[0]
            return Finding(name, True, f"{program} ({first_line})", purpose, required)
        detail = "\n".join(unusable) or f"no {' or '.join(names)} found"
        return Finding(name, False, detail, purpose, required)

    def _which(self, name: str) -> str | None:
        return shutil.which(name, path=self._environ.get("PATH", ""))


def python_finding(version: str, search: Search, purpose: str) -> Finding:
    """Describe the outcome of a search for an interpreter."""
    name = f"CPython {version}"
    if search.found is not None:
        detail = f"{search.found.path} ({search.found.version})"
        return Finding(name, True, detail, purpose, required=True)
    refused = [f"{rejected.path} {rejected.reason}" for rejected in search.rejected]
    return Finding(name, False, "\n".join(refused) or "none found", purpose, required=True)
