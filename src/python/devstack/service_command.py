"""How each service is started on this machine."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RECOMMENDATIONS = "recommendations"
MARKETPLACE = "marketplace"
# Only this machine can reach a shop that is being worked on.
HOST = "127.0.0.1"


@dataclass(frozen=True)
class ServiceCommand:
    """A program to run as a service."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]


def recommendations_command(
    environ: Mapping[str, str], port: int, port_file: Path, catalogue: Path | None
) -> ServiceCommand:
    """The recommendations service, with a catalogue of its own or the one that it brings along."""
    flags = () if catalogue is None else ("--catalogue", str(catalogue))
    return _command(RECOMMENDATIONS, environ, port, port_file, flags)


def marketplace_command(
    environ: Mapping[str, str], port: int, port_file: Path, recommendations_port: int
) -> ServiceCommand:
    """The shop, which asks the recommendations service on this machine."""
    target = {"RECOMMENDATIONS_HOST": f"{HOST}:{recommendations_port}"}
    return _command(MARKETPLACE, {**environ, **target}, port, port_file, ())


def python_argv(module: str) -> tuple[str, ...]:
    """A command that runs a module by this interpreter, never one from the current folder."""
    return (sys.executable, "-P", "-m", module)


def python_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which a new interpreter finds the modules that this one finds.

    They may be in a PEX or in a build's sandbox, of which it would know nothing.
    """
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    return {**environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def _command(
    name: str, environ: Mapping[str, str], port: int, port_file: Path, flags: tuple[str, ...]
) -> ServiceCommand:
    return ServiceCommand(
        name,
        (
            *python_argv(f"{name}.main"),
            *("--host", HOST, "--port", str(port), "--port-file", str(port_file)),
            *flags,
        ),
        {
            "LOG_FORMAT": "console",
            **python_environ(environ),
            # No balancer has to notice, and the person at the keyboard does not want to wait.
            "DRAIN_SECONDS": "0",
            "GRACE_SECONDS": "1",
        },
    )
