"""What is inside a PEX file, read from its zip directory without running it."""

import ast
import email.parser
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DISTRIBUTIONS = ".deps/"
# PEX' own: its bootstrap, its entry point, and what makes the file importable.
MACHINERY = (".bootstrap/", "__pex__/", "__main__.py", "PEX-INFO")


@dataclass(frozen=True)
class Distribution:
    """An installed third-party distribution."""

    name: str
    """As PyPI normalizes it."""
    requires: frozenset[str]
    """The distributions that it needs on this machine, without extras."""
    may_require: frozenset[str]
    """Those that it needs with all extras."""
    files: frozenset[str]
    """Relative to the folder that is put on the path."""


class PexFile:
    """A PEX file in the zip layout."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self._files = {name: archive.read(name) for name in archive.namelist()}

    @cached_property
    def info(self) -> dict[str, Any]:
        """What its PEX-INFO says."""
        return dict(json.loads(self._files["PEX-INFO"]))

    @cached_property
    def own_files(self) -> frozenset[str]:
        """The files that are neither third-party nor PEX' own; folders left out."""
        return frozenset(
            name
            for name in self._files
            if not name.startswith((DISTRIBUTIONS, *MACHINERY)) and not name.endswith("/")
        )

    @cached_property
    def modules(self) -> frozenset[str]:
        """The names of the first-party modules, packages left out whose `__init__.py` is empty."""
        return frozenset(
            module_name(name)
            for name in self.own_files
            if name.endswith(".py") and (self._files[name] or not name.endswith("/__init__.py"))
        )

    @cached_property
    def distributions(self) -> dict[str, Distribution]:
        """The third-party distributions by name."""
        files: dict[str, set[str]] = {}
        for name in self._files:
            if name.startswith(DISTRIBUTIONS) and not name.endswith("/"):
                wheel, _, file = name.removeprefix(DISTRIBUTIONS).partition("/")
                files.setdefault(wheel, set()).add(file)
        found = (self._distribution(wheel, frozenset(inside)) for wheel, inside in files.items())
        return {distribution.name: distribution for distribution in found}

    def imports(self, module: str) -> Iterator[str]:
        """The dotted names that a first-party module imports, wherever in it."""
        for node in ast.walk(ast.parse(self._files[self._file_of(module)])):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                # Each name may be a module, or something in a module.
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def owner(self, name: str) -> str | None:
        """The distribution that has the module of this dotted name, or the nearest one above it.

        None if it is first-party or of the standard library.
        """
        for parent in and_parents(name):
            for distribution in self.distributions.values():
                if files_of(parent) & distribution.files:
                    return distribution.name
        return None

    def module(self, name: str) -> str | None:
        """The first-party module of this dotted name, or the nearest one above it."""
        return next((parent for parent in and_parents(name) if parent in self.modules), None)

    def _file_of(self, module: str) -> str:
        return next(iter(files_of(module) & self.own_files))

    def _distribution(self, wheel: str, files: frozenset[str]) -> Distribution:
        metadata = next(name for name in files if PurePosixPath(name).match("*.dist-info/METADATA"))
        text = self._files[f"{DISTRIBUTIONS}{wheel}/{metadata}"].decode()
        headers = email.parser.HeaderParser().parsestr(text)
        extras = ["", *headers.get_all("Provides-Extra", [])]
        by_extra = {
            extra: frozenset(
                canonicalize_name(requirement.name)
                for requirement in map(Requirement, headers.get_all("Requires-Dist", []))
                if requirement.marker is None or requirement.marker.evaluate({"extra": extra})
            )
            for extra in extras
        }
        every = frozenset().union(*by_extra.values())
        return Distribution(canonicalize_name(headers["Name"]), by_extra[""], every, files)


def module_name(file: str) -> str:
    """The dotted name of the module in a file."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def files_of(module: str) -> set[str]:
    """The files that a module may be in."""
    path = module.replace(".", "/")
    return {f"{path}.py", f"{path}/__init__.py"}


def and_parents(name: str) -> Iterator[str]:
    """A dotted name and those above it, the longest first."""
    while name:
        yield name
        name = name.rpartition(".")[0]
