"""Fixtures for tests that run the launcher."""

from pathlib import Path

import pytest

from bootstrap.testing import Checkout


@pytest.fixture()
def checkout(tmp_path: Path) -> Checkout:
    """A repository with nothing installed."""
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A repository with everything installed, shared by the tests of a module."""
    checkout = Checkout(tmp_path_factory.mktemp("installed"), name="my own checkout")
    done = checkout.run("--version")
    assert done.returncode == 0, done.stderr
    return checkout
