"""The commands of the bootstrap, which `./pants` and people give it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bootstrap.doctor import examine
from bootstrap.errors import BootstrapError
from bootstrap.findings import healthy, render
from bootstrap.install import Request, install
from bootstrap.known_versions import as_toml, compute, differences, stated_in
from bootstrap.pants_python import find_python, required_version, running_python
from bootstrap.platforms import platform_of

LOCKS = Path(__file__).resolve().parent
PANTS_TOML = LOCKS.parents[1] / "pants.toml"
INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """Run one command. Gives the exit code: 0, 1 after a failure that is told, 130 on Ctrl-C."""
    args = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _exit)
    try:
        if args.command == "python":
            return _python()
        if args.command == "install":
            return _install(args)
        if args.command == "doctor":
            return _doctor(args)
        return _known_versions(args)
    except BootstrapError as error:
        _report(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _report(f"cannot go on: {where}{error.strerror}")
        _report("XDG_CACHE_HOME may name another folder for the cache")
    except KeyboardInterrupt:
        _report("interrupted; nothing half-made is left")
        return INTERRUPTED
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bootstrap", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("python", help="print the interpreter to run Pants with")
    text = "install Pants and its helper binaries, unless they are there"
    installing = commands.add_parser("install", help=text)
    installing.add_argument("target", type=Path, help="the link to make, in the cache folder")
    installing.add_argument("version", help="of Pants")
    examining = commands.add_parser("doctor", help="tell what this machine has and lacks")
    examining.add_argument("target", type=Path, help="where ./pants installs")
    knowing = commands.add_parser("known-versions", help="print these lines of pants.toml")
    knowing.add_argument("--check", action="store_true", help="compare with pants.toml instead")
    return parser


def _python() -> int:
    found = find_python(required_version(LOCKS), os.environ)
    platform_of(found.system, found.machine)
    sys.stdout.write(f"{found.path}\n")
    return 0


def _install(args: argparse.Namespace) -> int:
    python = running_python(required_version(LOCKS))
    install(Request(args.target, args.version), python, LOCKS, os.environ, _report)
    return 0


def _doctor(args: argparse.Namespace) -> int:
    findings = examine(args.target, LOCKS, PANTS_TOML.read_text(), os.environ)
    sys.stdout.write(render(findings))
    return 0 if healthy(findings) else 1


def _known_versions(args: argparse.Namespace) -> int:
    python = running_python(required_version(LOCKS))
    known = compute(LOCKS, python, os.environ, _report)
    if not args.check:
        sys.stdout.write(as_toml(known, LOCKS))
        return 0
    wrong = differences(known, stated_in(PANTS_TOML.read_text()))
    for line in wrong:
        _report(f"pants.toml: {line}")
    return 1 if wrong else 0


def _report(text: str) -> None:
    sys.stderr.write(f"pants: {text}\n")
    sys.stderr.flush()


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
