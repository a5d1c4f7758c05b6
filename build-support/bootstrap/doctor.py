"""Tells what this machine has of the things that the repository's commands need."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

from bootstrap.errors import BootstrapError
from bootstrap.findings import Finding
from bootstrap.interpreters import Finder, Interpreter
from bootstrap.pants_python import required_version
from bootstrap.platforms import platform_of
from bootstrap.storage import binary_findings, cache_finding
from bootstrap.surroundings import Surroundings, python_finding


def examine(
    target: Path, locks: Path, pants_toml: str, environ: Mapping[str, str]
) -> list[Finding]:
    """Look for everything, in the order of the report. `target` is where ./pants installs."""
    version = required_version(locks)
    search = Finder(version, environ).search()
    seen = Surroundings(environ)
    return [
        _platform_finding(search.found),
        python_finding(version, search, "runs Pants"),
        seen.services_python(pants_toml),
        *seen.programs(),
        cache_finding(target),
        *binary_findings(target, locks, pants_toml),
        seen.container_engine(),
        seen.database_client(),
        seen.database_server(),
        seen.browser(),
    ]


def _platform_finding(python: Interpreter | None) -> Finding:
    """What the interpreter of Pants runs on, which emulation may hide from other programs."""
    system = python.system if python else platform.system()
    machine = python.machine if python else platform.machine()
    try:
        detail, usable = platform_of(system, machine).name, True
    except BootstrapError as error:
        detail, usable = str(error), False
    return Finding("platform", usable, detail, "wheels exist for few platforms", required=True)
