"""Fixtures of the plugins' tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repository_options import RepositoryOptions


@pytest.fixture(scope="session")
def repository_options() -> RepositoryOptions:
    """The options under which this repository itself runs."""
    return RepositoryOptions.read(Path("pants.toml"), os.environ)
