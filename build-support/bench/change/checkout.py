"""A copy of a repository, to be changed and built."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from stack.environment import outer_environment

_STARTS = 3
_END_SECONDS = 20.0
_POLL_SECONDS = 0.05


class BuildError(Exception):
    """A command that failed or took too long. The text says which; its own output says why."""


class Checkout:
    """The last commit of a repository in a folder of its own, to be entered.

    Pants' caches are those of whoever measures, its daemon ends with the folder.

    root: the repository, which stays as it is.
    seconds: how long all commands together may take.
    environ: settings for Pants.
    """

    def __init__(self, root: Path, seconds: float, **environ: str) -> None:
        self._root = root
        self._deadline = time.monotonic() + seconds
        outer = outer_environment(os.environ)
        self._environ = {**outer, "PANTS_DYNAMIC_UI": "false", **environ}
        self.folder = Path()

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="bench-change-"))
        try:
            self.run("git", "clone", "--quiet", str(self._root), ".")
            # Images are labeled with it: another one would be another image.
            with suppress(BuildError):
                origin = self.ask("git", "-C", str(self._root), "config", "remote.origin.url")
                self.run("git", "remote", "set-url", "origin", origin.strip())
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self.folder.glob(".pids/*/pantsd/pid"):
            _end(int(file.read_text("ascii")))
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_pants(self) -> None:
        """Start its daemon, for which Pants waits a minute only. Raises BuildError."""
        for _ in range(_STARTS - 1):
            with suppress(BuildError):
                return self.run("./pants", "--version")
        return self.run("./pants", "--version")

    def pants(self, *words: str) -> float:
        """Run Pants with its output on standard error; give the seconds. Raises BuildError."""
        began = time.monotonic()
        self.run("./pants", *words)
        return time.monotonic() - began

    def run(self, *command: str) -> None:
        """Run a command with its output on standard error. Raises BuildError."""
        self._call(command, sys.stderr.fileno())

    def ask(self, *command: str) -> str:
        """Run a command and give what it prints. Raises BuildError."""
        return self._call(command, subprocess.PIPE)

    def _call(self, command: tuple[str, ...], output: int) -> str:
        shown = " ".join(command)
        try:
            done = subprocess.run(
                command,
                check=True,
                cwd=self.folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                text=True,
                timeout=max(0.0, self._deadline - time.monotonic()),
            )
        except subprocess.TimeoutExpired:
            raise BuildError(f"no time is left for `{shown}`") from None
        except subprocess.CalledProcessError as failure:
            raise BuildError(f"`{shown}` gave exit code {failure.returncode}") from None
        except OSError as problem:
            raise BuildError(f"`{shown}`: {problem.strerror}") from problem
        return done.stdout or ""


def _end(process: int) -> None:
    """End a process that is no child of this one, and wait for it."""
    end = time.monotonic() + _END_SECONDS
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
        while time.monotonic() < end:
            os.kill(process, 0)
            time.sleep(_POLL_SECONDS)
        os.kill(process, signal.SIGKILL)
