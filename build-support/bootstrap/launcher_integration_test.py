"""The launcher with everything installed, started as a process as people do."""

import json
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from bootstrap.testing import LAUNCHER_PROGRAMS, Checkout


def test_pants_learns_where_its_binaries_are(installed: Checkout) -> None:
    """And does not warn of the way in which it was started."""
    [installation] = installed.installations()
    expected = {
        "arguments": ["--version"],
        "folder": str(installed.root),
        "ONLINEBOOKS_TOOLS": str(installed.cache / installation / "tools"),
        "NO_SCIE_WARNING": "1",
    }
    assert expected == json.loads(installed.run("--version").stdout)


def test_a_path_with_spaces_is_no_obstacle(installed: Checkout) -> None:
    """All tests here run in such a checkout."""
    assert " " in str(installed.root)
    assert 0 == installed.run().returncode


def test_helper_binaries_have_the_form_that_pants_expects(installed: Checkout) -> None:
    [installation] = installed.installations()
    tools = installed.cache / installation / "tools"
    assert ["buf-1.5.tar", "hadolint-1.5", "pex-2.1.0"] == sorted(os.listdir(tools))
    with tarfile.open(tools / "buf-1.5.tar") as archive:
        assert ["buf/bin/buf"] == archive.getnames()
    assert "hadolint" == (tools / "hadolint-1.5").read_text()
    assert zipfile.is_zipfile(tools / "pex-2.1.0")


def test_warm_start_is_silent_and_looks_for_no_python(installed: Checkout, tmp_path: Path) -> None:
    """With a PATH that holds no Python at all the second run works and says nothing."""
    for program in LAUNCHER_PROGRAMS:
        (tmp_path / program).symlink_to(installed.programs / program)
    done = installed.run("list", "::", PATH=str(tmp_path))
    assert (0, "") == (done.returncode, done.stderr)


def test_arguments_arrive_as_they_were_given(installed: Checkout) -> None:
    arguments = ["test", "a b", "", "--x='y'", "*", "$HOME", "--", "doctor"]
    done = installed.run(*arguments)
    assert arguments == json.loads(done.stdout)["arguments"]


@pytest.mark.parametrize("code", [1, 20])
def test_exit_code_of_pants_is_that_of_the_launcher(installed: Checkout, code: int) -> None:
    assert code == installed.run(FAKE_PANTS_EXIT=str(code)).returncode


def test_works_in_a_subfolder(installed: Checkout) -> None:
    """Pants stays in that folder: it takes paths relative to it."""
    subfolder = installed.root / "src" / "deep"
    subfolder.mkdir(parents=True)
    done = installed.run(folder=subfolder)
    assert str(subfolder) == json.loads(done.stdout)["folder"]


def test_works_outside_of_the_repository(installed: Checkout, tmp_path: Path) -> None:
    done = installed.run(folder=tmp_path)
    assert str(installed.root) == json.loads(done.stdout)["folder"]


def test_works_through_symbolic_links(installed: Checkout, tmp_path: Path) -> None:
    """A relative link to an absolute link to the launcher."""
    (tmp_path / "absolute").symlink_to(installed.root / "pants")
    (tmp_path / "relative").symlink_to("absolute")
    done = installed.run(folder=tmp_path, launcher=tmp_path / "relative")
    assert str(installed.root) == json.loads(done.stdout)["folder"]


def test_changed_tests_of_the_bootstrap_install_nothing(installed: Checkout) -> None:
    (installed.bootstrap / "some_test.py").write_text("# not part of an installation\n")
    assert "" == installed.run().stderr


def test_a_read_only_cache_still_runs_what_it_holds(installed: Checkout, tmp_path: Path) -> None:
    """The note of the last use cannot be written; that stops nobody."""
    [installation] = installed.installations()
    last_used = installed.cache / installation / "last-used"
    last_used.unlink()
    last_used.mkdir()
    try:
        done = installed.run()
    finally:
        shutil.rmtree(last_used)
        last_used.touch()
    assert (0, "") == (done.returncode, done.stderr)


def test_an_installation_whose_python_is_gone_is_made_again(installed: Checkout) -> None:
    """Somebody removed the interpreter that the virtual environment links to."""
    [installation] = installed.installations()
    python = installed.cache / installation / "venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")
    done = installed.run()
    assert 0 == done.returncode, done.stderr
    assert 1 == len(installed.builds())


def test_another_lock_is_another_installation(installed: Checkout) -> None:
    """What the old lock asked for stays for other branches, and is not run in its place."""
    before = installed.installations()
    lock = installed.bootstrap / "pants.lock"
    right = lock.read_text()
    lock.write_text(f"{right}unknown==1 --hash=sha256:{'0' * 64}\n")
    try:
        done = installed.run()
    finally:
        lock.write_text(right)
    assert "could not download the wheels of pants.lock" in done.stderr
    assert before == installed.installations()
    assert "" == installed.run().stderr
