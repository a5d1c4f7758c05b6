"""Runs the whole shop on this machine, for a person at a keyboard: `./pants up`."""

import argparse
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.colors import colors_wanted
from devstack.events import EventQueue, stop_signals_to
from devstack.log_merger import LAST_WORDS_SECONDS, LogMerger
from devstack.orphan_reaper import OrphanReaper
from devstack.service_command import MARKETPLACE, RECOMMENDATIONS
from devstack.stack import StackOptions, run_stack
from devstack.supervisor import StackError, StopRequested, Supervisor

NAME = "devstack"


def parse_arguments(arguments: Sequence[str] | None) -> StackOptions:
    """Reads the command line; exits with code 2 and a message if it is wrong."""
    parser = argparse.ArgumentParser(
        prog="./pants up",
        description="Starts the bookshop's services on this machine and shows their logs. "
        "Ctrl-C stops them; a second Ctrl-C kills them.",
        epilog="Exit codes: 0 stopped when asked to; 1 a service ended, did not get ready or had "
        "to be killed; 2 wrong usage. The services take their other settings from the environment.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=5000,
        help="the shop's port; 0 picks a free one (default: 5000)",
    )
    parser.add_argument(
        "--recommendations-port",
        metavar="PORT",
        type=_port,
        default=50051,
        help="the port of the recommendations service; 0 picks a free one (default: 50051)",
    )
    parser.add_argument(
        "--catalogue",
        metavar="FILE",
        type=Path,
        help="a CSV file of books to serve instead of ours",
    )
    parser.add_argument(
        "--ready-seconds",
        metavar="SECONDS",
        type=_seconds,
        default=60.0,
        help="how long each service may take to get ready (default: 60)",
    )
    parser.add_argument(
        "--stop-seconds",
        metavar="SECONDS",
        type=_seconds,
        default=5.0,
        help="how long each service may take to stop before it is killed (default: 5)",
    )
    options = parser.parse_args(arguments)
    return StackOptions(
        options.port,
        options.recommendations_port,
        options.catalogue,
        options.ready_seconds,
        options.stop_seconds,
    )


def run(options: StackOptions, environ: Mapping[str, str]) -> int:
    """Runs the services until asked to stop or until one of them ends; returns the exit code."""
    events = EventQueue()
    descriptor = _output_descriptor()
    logs = LogMerger(
        descriptor,
        (NAME, RECOMMENDATIONS, MARKETPLACE),
        colored=descriptor is not None and colors_wanted(os.isatty(descriptor), environ),
    )
    with stop_signals_to(events.put), OrphanReaper() as reaper:
        supervisor = Supervisor(events, logs, reaper, stop_seconds=options.stop_seconds)
        problems: list[str] = []
        try:
            run_stack(supervisor, options, environ, lambda text: logs.say(NAME, text))
        except StopRequested:
            logs.say(NAME, "stopping")
        except StackError as error:
            problems.append(str(error))
        finally:
            problems += supervisor.stop()
            logs.flush(LAST_WORDS_SECONDS)
    if problems and sys.stderr is not None:
        sys.stderr.writelines(f"{NAME}: {problem}\n" for problem in problems)
    return 1 if problems else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    return run(parse_arguments(arguments), os.environ)


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not between 0 and 65535")
    return port


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return seconds


def _output_descriptor() -> int | None:
    # None if the standard output was closed at the start: descriptor 1 is then somebody else's.
    return None if sys.stdout is None else sys.stdout.fileno()


if __name__ == "__main__":
    sys.exit(main())
