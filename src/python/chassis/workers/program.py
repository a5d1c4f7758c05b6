"""How this process was started, so that it can start others like it."""

import sys
from collections.abc import Mapping, Sequence

from msgspec import Struct


class Program(Struct, frozen=True):
    """A command and its environment.

    command: the path of the program first.
    """

    command: Sequence[str]
    environ: Mapping[str, str]

    @staticmethod
    def own(environ: Mapping[str, str]) -> "Program":
        """Give this process' own, whatever it runs from: a module, a script, an unpacked PEX."""
        return Program((sys.executable, *sys.orig_argv[1:]), environ)
