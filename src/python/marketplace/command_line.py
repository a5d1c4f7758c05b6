"""The command line of the service: what it is told, and how it says that it cannot."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence

from chassis.address import ListenError
from chassis.flags import add_flags, overrides
from chassis.port_file import PortFileError
from chassis.settings import SettingsError, load_settings
from chassis.tls.certificates import CertificateError
from marketplace.server import run
from marketplace.settings import MarketplaceSettings


def run_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Serve, and give the exit code.

    0: stopped as asked. 1: cannot start here and now. 2: wrong settings, options or certificates.
    128 and more: stopped by a second signal; see `marketplace.gunicorn_server`.
    """
    parser = ArgumentParser(
        "marketplace",
        description="Serves the shop's pages. An environment variable, in brackets, says the same"
        " as the option, which is stronger.",
    )
    fields = MarketplaceSettings.fields()
    add_flags(parser, fields)
    arguments = parser.parse_args(argv)
    try:
        settings = load_settings(MarketplaceSettings, environ, overrides(arguments, fields))
        return run(settings)
    except (SettingsError, CertificateError) as error:
        return _failed(error, 2)
    except (ListenError, PortFileError) as error:
        return _failed(error, 1)


def _failed(error: Exception, exit_code: int) -> int:
    sys.stderr.write(f"marketplace: {error}\n")
    return exit_code
