"""Compiles every requirement lock of the repository from its input, with hashes for every platform.

Requirements-style locks hold names, versions and hashes and no address of a registry. Pins that
still satisfy their input are kept: a second run changes nothing.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True)
class Lock:
    """One lock. `stem` names `STEM.in` and `STEM.lock` from the root of the repository.

    `python` is the oldest interpreter that it serves; `follows` is the stem of a lock whose pins
    it must share; `overrides` says that `STEM.overrides` holds versions that win over what packages
    ask for.
    """

    stem: str
    python: str = "3.11"
    follows: str | None = None
    overrides: bool = False

    @property
    def name(self) -> str:
        """What the command line calls it."""
        return Path(self.stem).name

    @property
    def source(self) -> Path:
        """The requirements as people write them."""
        return Path(f"{self.stem}.in")

    @property
    def output(self) -> Path:
        """The pins and hashes."""
        return Path(f"{self.stem}.lock")

    def arguments(self, upgrade: Sequence[str]) -> list[str]:
        """What uv is told. `upgrade` names the packages whose pins may move, `*` all of them."""
        constraints = [f"--constraints={self.follows}.lock"] if self.follows else []
        overrides = [f"--overrides={self.stem}.overrides"] if self.overrides else []
        moves = ["--upgrade" if name == "*" else f"--upgrade-package={name}" for name in upgrade]
        return [
            *("pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--no-annotate", "--no-header", f"--python-version={self.python}"),
            *constraints,
            *overrides,
            *moves,
            *(f"--output-file={self.output}", str(self.source)),
        ]


RUNTIME = "3rdparty/python/python-default"

# In the order of compilation: what is followed comes before its followers.
LOCKS = (
    Lock(RUNTIME),
    Lock("3rdparty/python/codegen", follows=RUNTIME),
    Lock("3rdparty/python/mypy", follows=RUNTIME),
    Lock("3rdparty/python/black"),
    Lock("3rdparty/python/ruff"),
    Lock("3rdparty/python/shellcheck"),
    Lock("3rdparty/python/checkov"),
    Lock("3rdparty/python/lock-tools"),
    Lock("3rdparty/python/coverage", python="3.9"),
    Lock("3rdparty/python/pytest", python="3.9"),
    Lock("3rdparty/python/pants-plugins", python="3.9"),
    Lock("build-support/bootstrap/pants", python="3.9", overrides=True),
    Lock("build-support/bootstrap/binaries"),
)


def compile_locks(root: Path, locks: Iterable[Lock], upgrade: Sequence[str]) -> list[Lock]:
    """Compile the locks under `root` in place; give those whose file changed.

    Raises subprocess.CalledProcessError when one cannot be compiled, and TimeoutExpired when one
    takes more than five minutes. Locks before it keep their new content.
    """
    changed = []
    for lock in locks:
        output = root / lock.output
        before = output.read_bytes() if output.exists() else None
        subprocess.run(
            [find_uv_bin(), *lock.arguments(upgrade)],
            cwd=root,
            check=True,
            timeout=TIMEOUT_SECONDS,
        )
        if output.read_bytes() != before:
            changed.append(lock)
    return changed


def main(argv: Sequence[str]) -> int:
    """Compile the locks that `argv` names, all by default. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="./pants run build-support:locks --", description=__doc__)
    names = [lock.name for lock in LOCKS]
    parser.add_argument("locks", nargs="*", metavar="LOCK", help=f"of {', '.join(names)}")
    parser.add_argument(
        "--upgrade",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="let this package's pin move; * for all of them; may be repeated",
    )
    args = parser.parse_args(argv)
    if unknown := sorted(set(args.locks) - set(names)):
        parser.error(f"no such lock: {', '.join(unknown)}")
    chosen = [lock for lock in LOCKS if not args.locks or lock.name in args.locks]
    try:
        changed = compile_locks(Path.cwd(), chosen, args.upgrade)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for lock in changed:
        sys.stdout.write(f"changed {lock.output}\n")
    sys.stdout.write(f"{len(chosen)} locks compiled, {len(changed)} changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
