"""Runs the bootstrap as a folder: `python3 build-support/bootstrap COMMAND`."""

import sys
from pathlib import Path

if not __package__:
    # Python puts the folder itself first; its parent is what holds the package.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bootstrap.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
