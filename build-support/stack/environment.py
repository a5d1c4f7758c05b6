"""The environment for Pants when a program runs it that Pants runs."""

import os
from collections.abc import Mapping


def outer_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Give an environment without what a PEX file in venv mode has put into it.

    It puts its own programs first on PATH, which is part of what Pants' cache is asked with: with
    them there Pants would install every library and run every test again.
    """
    outer = dict(environ)
    if "PEX" in environ and "VIRTUAL_ENV" in environ:
        own = os.path.join(outer.pop("VIRTUAL_ENV"), "bin")
        folders = outer.get("PATH", "").split(os.pathsep)
        outer["PATH"] = os.pathsep.join(folder for folder in folders if folder != own)
    outer.pop("PEX", None)
    # Modules of this program are none of Pants'.
    outer.pop("PYTHONPATH", None)
    return outer
