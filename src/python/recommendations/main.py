"""The entry point of the service."""

import os
import sys
from typing import NoReturn

from chassis.lifecycle import leave
from recommendations.command_line import run_command


def main() -> NoReturn:
    """Run the command and end the process."""
    leave(run_command(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
