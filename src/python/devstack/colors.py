"""Whether to color the output, and with which colors."""

from collections.abc import Mapping

RESET = "\x1b[0m"
# Cyan, magenta, green, yellow, blue: readable on light and on dark backgrounds.
PALETTE = ("\x1b[36m", "\x1b[35m", "\x1b[32m", "\x1b[33m", "\x1b[34m")


def colors_wanted(is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """True for a terminal that knows colors, unless NO_COLOR (https://no-color.org) is set."""
    return is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
