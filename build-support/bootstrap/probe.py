"""Prints, as JSON, what `interpreters` wants to know of the interpreter that runs this file.

It runs under every Python that a machine may have, Python 2.7 included.
"""

import json
import os
import platform
import sys

try:
    from ensurepip import version as bundled_pip_version

    bundled_pip = bundled_pip_version()
except ImportError:
    bundled_pip = ""

missing = []
for module in ("ssl", "venv", "zlib"):
    try:
        __import__(module)
    except ImportError:
        missing.append(module)

try:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
except (AttributeError, OSError, ValueError):
    libc = ""

json.dump(
    {
        "bundled_pip": bundled_pip,
        "implementation": platform.python_implementation(),
        "libc": libc,
        "machine": platform.machine(),
        "missing": ", ".join(missing),
        "system": platform.system(),
        "version": platform.python_version(),
    },
    sys.stdout,
)
