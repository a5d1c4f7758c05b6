"""`./pants doctor`, run by the launcher where nothing is installed yet."""

import shutil

import pytest

from bootstrap.testing import RUNNING_VERSION, SYSTEM_FOLDERS, Checkout, program

CONSTRAINT = f'interpreter_constraints = ["CPython=={RUNNING_VERSION}.*"]'


@pytest.fixture()
def complete(checkout: Checkout) -> Checkout:
    """A repository and a PATH with all that is required."""
    with (checkout.root / "pants.toml").open("a") as pants_toml:
        pants_toml.write(f"[python]\n{CONSTRAINT}\n")
    for name in ("bash", "tar"):
        found = shutil.which(name, path=SYSTEM_FOLDERS)
        assert found is not None
        (checkout.programs / name).symlink_to(found)
    return checkout


def test_with_all_that_is_required_the_exit_code_is_0(complete: Checkout) -> None:
    """And nothing is installed by asking."""
    done = complete.run("doctor")
    assert 0 == done.returncode, done.stdout
    assert f"ok       CPython {RUNNING_VERSION}" in done.stdout
    assert "nothing installed yet" in done.stdout
    assert "absent   engine" in done.stdout
    assert not complete.cache.exists()


@pytest.mark.parametrize("name", ["bash", "tar"])
def test_a_required_program_that_is_missing(complete: Checkout, name: str) -> None:
    (complete.programs / name).unlink()
    done = complete.run("doctor")
    assert 1 == done.returncode
    assert f"MISSING  {name}" in done.stdout


def test_an_interpreter_for_the_services_that_is_missing(complete: Checkout) -> None:
    pants_toml = complete.root / "pants.toml"
    pants_toml.write_text(pants_toml.read_text().replace(RUNNING_VERSION, "3.4"))
    done = complete.run("doctor")
    assert 1 == done.returncode
    assert "MISSING  CPython 3.4" in done.stdout


def test_an_engine_that_does_not_answer(complete: Checkout) -> None:
    program(complete.programs / "docker", "echo 'Cannot connect to the daemon' >&2; exit 1")
    done = complete.run("doctor")
    assert "its engine does not answer: does not run: Cannot connect to the daemon" in done.stdout
