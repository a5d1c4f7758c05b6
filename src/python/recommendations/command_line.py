"""The command line of the service: what it is told, and how it says that it cannot."""

import random
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence

from chassis.address import ListenError
from chassis.flags import add_flags, overrides
from chassis.port_file import PortFileError
from chassis.settings import SettingsError, load_settings
from chassis.tls.certificates import CertificateError
from chassis.workers.program import Program
from recommendations.app import run
from recommendations.errors import CatalogError, StorageError
from recommendations.settings import RecommendationsSettings

Command = Callable[[Sequence[str], Mapping[str, str]], int]
"""Takes arguments and environment, and gives an exit code."""


def run_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Serve, or do what the first word names, and give the exit code.

    0: stopped as asked. 1: cannot start here and now. 2: wrong settings, options, catalogue or
    certificates.
    128 and more: stopped by a second signal; see `chassis.lifecycle`.
    """
    if argv and (command := _command(argv[0])):
        return command(argv[1:], environ)
    parser = ArgumentParser(
        "recommendations",
        description="Serves the recommendations API. An environment variable, in brackets, says"
        " the same as the option, which is stronger.",
        epilog="Commands, each with a --help of its own: recommendations import, recommendations"
        " migrate.",
    )
    fields = RecommendationsSettings.fields()
    add_flags(parser, fields)
    arguments = parser.parse_args(argv)
    try:
        settings = load_settings(RecommendationsSettings, environ, overrides(arguments, fields))
        return run(settings, random.Random(), Program.own(environ))
    except (SettingsError, CatalogError, CertificateError) as error:
        return _failed(error, 2)
    except (ListenError, PortFileError, StorageError) as error:
        return _failed(error, 1)


def _command(word: str) -> Command | None:
    """Give the command that a word names. It is loaded only now: who serves needs none of them."""
    if word == "import":
        from recommendations.commands.import_files import run_import

        return run_import
    if word == "migrate":
        from recommendations.commands.migrate import run_migrate

        return run_migrate
    return None


def _failed(error: Exception, exit_code: int) -> int:
    sys.stderr.write(f"recommendations: {error}\n")
    return exit_code
