"""Runs other programs, each with a bound on its time."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.environment import outer_environment


class StackError(Exception):
    """The stack cannot do what it was told. The text says why and what helps."""


def run(
    command: Sequence[str],
    seconds: float,
    environ: Mapping[str, str] | None = None,
    stdin: Path | None = None,
) -> None:
    """Run a command whose output people see, on standard error.

    environ: what to add to this process' own. Raises StackError when it fails or takes too long.
    """
    with open(stdin or os.devnull, "rb") as source:
        try:
            subprocess.run(
                command,
                check=True,
                env={**outer_environment(os.environ), **(environ or {})},
                stdin=source,
                stdout=sys.stderr,
                timeout=seconds,
            )
        except FileNotFoundError as error:
            raise StackError(f"there is no {command[0]}") from error
        except subprocess.CalledProcessError as error:
            raise StackError(f"{_shown(command)} gave exit code {error.returncode}") from error
        except subprocess.TimeoutExpired as error:
            raise StackError(f"{_shown(command)} took more than {seconds:g} s") from error


def ask(command: Sequence[str], seconds: float, environ: Mapping[str, str] | None = None) -> str:
    """Run a command and give what it prints. Raises StackError with its complaint otherwise."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            env={**outer_environment(os.environ), **(environ or {})},
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=seconds,
        )
    except FileNotFoundError as error:
        raise StackError(f"there is no {command[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{_shown(command)} took more than {seconds:g} s") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise StackError(said[-1] if said else f"{_shown(command)} gave {done.returncode}")
    return done.stdout.strip()


def _shown(command: Sequence[str]) -> str:
    words = " ".join(command[:4])
    return f"`{words} …`" if len(command) > 4 else f"`{words}`"
