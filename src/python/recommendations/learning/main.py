"""The entry point of training."""

import os
import sys
from datetime import UTC, datetime

from recommendations.learning.command_line import run_command


def main() -> int:
    """Run the command and give the exit code."""
    return run_command(sys.argv[1:], os.environ, lambda: datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main())
