"""Benchmarks, over the loopback interface alone: `./pants run build-support:bench -- COMMAND`.

Progress goes to standard error, results to standard output.
"""

import argparse
import sys
from collections.abc import Sequence

from bench import growth, interceptors, memory, page, recommend, report, soak, startup, table
from bench.change import command as change
from bench.change.checkout import BuildError
from bench.contender import ContenderError
from bench.load import LoadError


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says. 1: not measured, with the reason on standard error."""
    parser = argparse.ArgumentParser("./pants run build-support:bench --", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rows = [*recommend.rows(), *page.rows(), *startup.rows(), *memory.rows()]
    table.add_parser(commands, rows, interceptors.rows())
    soak.add_parser(commands)
    growth.add_parser(commands)
    change.add_parser(commands)
    report.add_parser(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (LoadError, ContenderError, BuildError, report.NothingMeasured) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1


def run() -> None:
    """The entry point."""
    sys.exit(main())


if __name__ == "__main__":
    run()
