"""Programs that tests need and only the machine can have."""

import os
from shutil import which

import pytest


def need(program: str, package: str) -> None:
    """Skip a test if a program is not there; in CI, where it must be, fail.

    package: Debian's package of it.
    """
    if which(program) is None:
        message = f"needs {program}, Debian's package {package}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
