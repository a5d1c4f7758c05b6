"""Runs other programs, always with a time limit."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from bootstrap.errors import BootstrapError

# How much of a failed program's output is worth showing: its last lines say what went wrong.
SHOWN_LINES = 20


class CommandFailed(Exception):
    """A program that did not start, did not end in time or ended badly. The text says which."""


def ask(command: Sequence[str], environ: Mapping[str, str], seconds: float) -> str:
    """What the program prints on its standard output, stripped. Raises CommandFailed.

    It runs in the root folder, so that no file of the folder at hand changes its answer.
    """
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"gives no answer within {seconds:.0f} s") from None
    except OSError as error:
        raise CommandFailed(f"does not start: {error.strerror}") from error
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise CommandFailed(f"does not run: {words[0]}")
    return done.stdout.strip()


def run(step: str, command: Sequence[str], environ: Mapping[str, str], seconds: float) -> None:
    """Run one step of an installation quietly.

    `step` completes "could not ..." in the BootstrapError that a failure raises; the error
    holds the end of what the program said.
    """
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BootstrapError(f"could not {step}: gave up after {seconds:.0f} s") from None
    if done.returncode != 0:
        said = "\n".join(done.stdout.strip().splitlines()[-SHOWN_LINES:])
        raise BootstrapError(f"could not {step} (exit code {done.returncode}):\n{said}")
