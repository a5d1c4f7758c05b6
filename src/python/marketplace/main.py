"""The entry point of the service."""

import os
import sys
from typing import NoReturn

from marketplace.command_line import run_command


def main() -> NoReturn:
    """Run the command and end the process."""
    sys.exit(run_command(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
