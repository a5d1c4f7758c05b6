"""Makes a whole installation of Pants and its helper binaries in one folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from bootstrap.archives import reordered_zip
from bootstrap.binaries import PEX, UNPACKED
from bootstrap.commands import run
from bootstrap.interpreters import Interpreter
from bootstrap.pip import Pip
from bootstrap.platforms import Platform

STEP_SECONDS = 300.0


class Builder:
    """Builds with the locks of the folder `locks`. `report` is told of each step as it begins."""

    def __init__(
        self,
        locks: Path,
        python: Interpreter,
        platform: Platform,
        environ: Mapping[str, str],
        report: Callable[[str], None],
    ) -> None:
        self._locks = locks
        self._python = python
        self._platform = platform
        self._environ = environ
        self._report = report

    def build(self, target: Path) -> None:
        """Fill the existing folder `target`: `venv/` with Pants, `tools/` with the binaries.

        Temporary files stay below `target` too, so nothing is left elsewhere when the process
        is killed. Raises BootstrapError when a step fails and OSError when the disk does.
        """
        scratch = target / "scratch"
        wheels = scratch / "wheels"
        wheels.mkdir(parents=True)
        environ = self._step_environ(scratch)
        python = self._create_venv(target / "venv", environ)
        pip = Pip(python, environ)
        pants_lock = self._locks / "pants.lock"

        self._report("downloading wheels")
        pip.download(pants_lock, wheels)
        pip.download_for(self._platform, (), self._locks / "binaries.lock", wheels)
        self._report("installing Pants")
        pip.install(pants_lock, wheels)
        self._report("unpacking helper binaries")
        tools = target / "tools"
        tools.mkdir()
        self._build_pex(python, wheels, tools, environ)
        for binary in UNPACKED:
            binary.unpack(binary.version(self._locks), wheels, tools)
        shutil.rmtree(scratch)

    def _step_environ(self, scratch: Path) -> Mapping[str, str]:
        temporary = scratch / "tmp"
        temporary.mkdir()
        kept = {name: value for name, value in self._environ.items() if not name.startswith("PEX_")}
        own = {"PEX_IGNORE_RCFILES": "1", "PEX_ROOT": str(scratch / "pex")}
        return {**kept, **own, "TMPDIR": str(temporary)}

    def _create_venv(self, venv: Path, environ: Mapping[str, str]) -> Path:
        self._report(f"using {self._python.path} (Python {self._python.version})")
        command = [str(self._python.path), "-I", "-m", "venv", str(venv)]
        run("create a virtual environment", command, environ, STEP_SECONDS)
        return venv / "bin" / "python"

    def _build_pex(
        self, python: Path, wheels: Path, tools: Path, environ: Mapping[str, str]
    ) -> None:
        """PEX is a PEX file of itself. It resolves from the checked wheels alone."""
        version = PEX.version(self._locks)
        file = tools / PEX.file(version)
        source = ("--no-pypi", f"--find-links={wheels}")
        what = (f"pex=={version}", "--console-script=pex", "--no-compress", f"--output-file={file}")
        run("build PEX", [str(python), "-I", "-m", "pex", *what, *source], environ, STEP_SECONDS)
        file.write_bytes(reordered_zip(file.read_bytes()))
