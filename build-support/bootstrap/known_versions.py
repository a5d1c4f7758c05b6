"""Computes what `known_versions` in pants.toml must say of the helper binaries, and compares."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.binaries import BINARIES, PEX, UNPACKED, Binary
from bootstrap.build import Builder
from bootstrap.interpreters import Interpreter
from bootstrap.pip import Pip
from bootstrap.platforms import SUPPORTED, Platform, platform_of

SECTION = re.compile(r"^\[(?P<scope>[^\]]+)\]$")
ENTRY = re.compile(r'"(?P<entry>[^"|]+\|\w+\|[0-9a-f]{64}\|\d+)"')


@dataclass(frozen=True)
class KnownVersion:
    """One entry of `known_versions` in the section `scope` of pants.toml."""

    scope: str
    entry: str

    @classmethod
    def of(cls, binary: Binary, version: str, platform: Platform, content: bytes) -> KnownVersion:
        """Describe a binary's file as Pants does: version, platform, SHA-256 and size in bytes."""
        digest = hashlib.sha256(content).hexdigest()
        return cls(binary.scope, f"{version}|{platform.name}|{digest}|{len(content)}")


def stated_in(pants_toml: str) -> set[KnownVersion]:
    """The entries that a pants.toml states.

    Python 3.9 has no parser of TOML; this reads one entry a line under a section's own line.
    """
    stated = set()
    scope = ""
    for line in pants_toml.splitlines():
        if section := SECTION.match(line.strip()):
            scope = section["scope"]
        elif entry := ENTRY.search(line):
            stated.add(KnownVersion(scope, entry["entry"]))
    return stated


def compute(
    locks: Path, python: Interpreter, environ: Mapping[str, str], report: Callable[[str], None]
) -> list[KnownVersion]:
    """Build or unpack every binary for every platform and describe the files.

    Fetches the wheels of both locks for every platform, so that it fails when one is missing.
    """
    here = platform_of(python.system, python.machine)
    abis = (f"cp{''.join(python.version.split('.')[:2])}", "abi3")
    known = []
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, "own")
        own.mkdir()
        Builder(locks, python, here, environ, report).build(own)
        pip = Pip(own / "venv" / "bin" / "python", environ)
        pex = (own / "tools" / PEX.file(PEX.version(locks))).read_bytes()
        for platform in SUPPORTED:
            report(f"unpacking for {platform.name}")
            wheels = Path(folder, platform.name, "wheels")
            wheels.mkdir(parents=True)
            pip.download_for(platform, abis, locks / "pants.lock", wheels)
            pip.download_for(platform, (), locks / "binaries.lock", wheels)
            known.append(KnownVersion.of(PEX, PEX.version(locks), platform, pex))
            for binary in UNPACKED:
                version = binary.version(locks)
                binary.unpack(version, wheels, wheels.parent)
                content = (wheels.parent / binary.file(version)).read_bytes()
                known.append(KnownVersion.of(binary, version, platform, content))
    return known


def as_toml(known: Iterable[KnownVersion], locks: Path) -> str:
    """The sections of pants.toml as they must be, but for other settings that they hold."""
    known = list(known)
    sections = []
    for binary in BINARIES:
        entries = [f'  "{one.entry}",' for one in known if one.scope == binary.scope]
        sections.append(
            "\n".join(
                [
                    f"[{binary.scope}]",
                    f'version = "{binary.version(locks)}"',
                    f'url_template = "file://%(env.ONLINEBOOKS_TOOLS)s/{binary.file_name}"',
                    "known_versions = [",
                    *entries,
                    "]",
                ]
            )
        )
    return "\n\n".join(sections) + "\n"


def differences(computed: Iterable[KnownVersion], stated: set[KnownVersion]) -> list[str]:
    """What pants.toml lacks, and what it states of these binaries and should not.

    It may leave out a binary altogether: Pants refuses sections of backends that are off.
    """
    scopes = {binary.scope for binary in BINARIES} & {one.scope for one in stated}
    expected = {one for one in computed if one.scope in scopes}
    missing = sorted((one.scope, one.entry) for one in expected - stated)
    wrong = sorted((one.scope, one.entry) for one in stated - expected if one.scope in scopes)
    return [f"[{scope}] lacks {entry}" for scope, entry in missing] + [
        f"[{scope}] should not state {entry}" for scope, entry in wrong
    ]
