"""The entry point of the service."""

import os
import sys
from typing import NoReturn

from chassis.garbage import making_much


def main() -> NoReturn:
    """Run the command and end the process."""
    # Modules stay; to look for garbage among them takes a tenth of the time.
    with making_much():
        from chassis.lifecycle import leave
        from recommendations.command_line import run_command

    leave(run_command(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
