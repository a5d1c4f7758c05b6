"""Interpreters are looked for in the places that people keep them in, and looked at closely."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from bootstrap.interpreters import Finder
from bootstrap.testing import RUNNING_VERSION, interpreter, program


@pytest.fixture()
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment with empty folders everywhere."""
    return {"PATH": f"{tmp_path}/one:relative:{tmp_path}/two", "HOME": f"{tmp_path}/home"}


def found(environ: dict[str, str], version: str = "3.9") -> Path | None:
    """The path that a search comes to."""
    search = Finder(version, environ).search()
    return search.found.path if search.found else None


def test_nothing_anywhere(environ: dict[str, str]) -> None:
    search = Finder("3.9", environ).search()
    assert (None, ()) == (search.found, search.rejected)


def test_path_comes_before_pyenv_and_uv(environ: dict[str, str], tmp_path: Path) -> None:
    interpreter(tmp_path / "home/.pyenv/versions/3.9.18/bin/python3.9")
    interpreter(tmp_path / "home/.local/share/uv/python/cpython-3.9.18-linux/bin/python3.9")
    expected = interpreter(tmp_path / "two/python3.9")
    assert expected == found(environ)


@pytest.mark.parametrize(
    "folder",
    ["home/.pyenv/versions/3.9.18", "home/.local/share/uv/python/cpython-3.9.18-linux-x86_64-gnu"],
)
def test_default_folders(environ: dict[str, str], tmp_path: Path, folder: str) -> None:
    expected = interpreter(tmp_path / folder / "bin/python3.9")
    assert expected == found(environ)


@pytest.mark.parametrize(
    ("variable", "below"),
    [
        ("PYENV_ROOT", "versions/3.9.18"),
        ("UV_PYTHON_INSTALL_DIR", "cpython-3.9.18-macos-aarch64-none"),
        ("XDG_DATA_HOME", "uv/python/cpython-3.9.18-linux"),
    ],
)
def test_folders_named_by_variables(
    environ: dict[str, str], tmp_path: Path, variable: str, below: str
) -> None:
    expected = interpreter(tmp_path / "named" / below / "bin/python3.9")
    assert expected == found({**environ, variable: f"{tmp_path}/named"})


def test_the_newest_patch_release_is_taken(environ: dict[str, str], tmp_path: Path) -> None:
    """By number: 3.9.18 is newer than 3.9.2."""
    for version in ("3.9.2", "3.9.18", "3.9.9"):
        interpreter(tmp_path / f"home/.pyenv/versions/{version}/bin/python3.9", version=version)
    assert tmp_path / "home/.pyenv/versions/3.9.18/bin/python3.9" == found(environ)


def test_uv_is_asked_without_being_let_to_download(environ: dict[str, str], tmp_path: Path) -> None:
    expected = interpreter(tmp_path / "elsewhere/python3.9")
    asked = 'test "$*" = "python find --system --no-python-downloads 3.9"'
    program(tmp_path / "one/uv", f"{asked} && echo '{expected}'")
    assert expected == found(environ)


def test_a_uv_that_knows_none_does_no_harm(environ: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path / "one/uv", "echo 'error: no interpreter' >&2; exit 2")
    expected = interpreter(tmp_path / "one/python3")
    assert expected == found(environ)


def test_uv_can_be_left_out(environ: dict[str, str], tmp_path: Path) -> None:
    interpreter(tmp_path / "home/.local/share/uv/python/cpython-3.9.18-linux/bin/python3.9")
    assert Finder("3.9", environ, uv=False).search().found is None


def test_a_shim_that_runs_nothing_is_passed_over(environ: dict[str, str], tmp_path: Path) -> None:
    """As pyenv leaves on PATH for every version that it has and does not use."""
    shim = program(
        tmp_path / "one/python3.9", "echo 'pyenv: python3.9: command not found' >&2; exit 127"
    )
    expected = interpreter(tmp_path / "home/.pyenv/versions/3.9.18/bin/python3.9")
    search = Finder("3.9", environ).search()
    assert search.found is not None
    assert expected == search.found.path
    reasons = [(rejected.path, rejected.reason) for rejected in search.rejected]
    assert [(shim, "does not run: pyenv: python3.9: command not found")] == reasons


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"implementation": "PyPy"}, "is PyPy, not CPython"),
        ({"version": "3.10.1"}, "is Python 3.10.1, not 3.9"),
        ({"version": "3.90.1"}, "is Python 3.90.1, not 3.9"),
        ({"bundled_pip": ""}, "lacks ensurepip"),
        ({"bundled_pip": "20.2.3"}, "brings pip 20.2.3, too old"),
        ({"missing": "ssl, venv"}, "lacks these modules of the standard library: ssl, venv"),
        ({"libc": ""}, "is built for musl"),
    ],
)
def test_unfit_interpreters_are_refused_with_a_reason(
    environ: dict[str, str], tmp_path: Path, facts: dict[str, str], reason: str
) -> None:
    interpreter(tmp_path / "one/python3.9", **facts)
    search = Finder("3.9", environ).search()
    assert search.found is None
    [rejected] = search.rejected
    assert reason in rejected.reason


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo nonsense", "does not run Python code as expected"),
        ("echo '[]'", "does not run Python code as expected"),
        ("exit 3", "does not run: exit code 3"),
    ],
)
def test_programs_that_are_no_interpreters(
    environ: dict[str, str], tmp_path: Path, script: str, reason: str
) -> None:
    program(tmp_path / "one/python3.9", script)
    [rejected] = Finder("3.9", environ).search().rejected
    assert reason == rejected.reason


def test_a_file_that_may_not_be_executed(environ: dict[str, str], tmp_path: Path) -> None:
    interpreter(tmp_path / "one/python3.9").chmod(0o644)
    [rejected] = Finder("3.9", environ).search().rejected
    assert "does not start: Permission denied" == rejected.reason


def test_no_pip_is_asked_of_an_interpreter_that_installs_nothing(
    environ: dict[str, str], tmp_path: Path
) -> None:
    interpreter(tmp_path / "one/python3.9", bundled_pip="")
    assert Finder("3.9", environ, installs=False).search().found is not None


def test_one_interpreter_under_two_names_is_examined_once(
    environ: dict[str, str], tmp_path: Path
) -> None:
    interpreter(tmp_path / "one/python3", version="3.8.1")
    (tmp_path / "one/python").symlink_to(tmp_path / "one/python3")
    assert 1 == len(Finder("3.9", environ).search().rejected)


def test_a_real_interpreter_is_understood(environ: dict[str, str], tmp_path: Path) -> None:
    """The one that runs this test answers the real probe."""
    path = tmp_path / "one" / f"python{RUNNING_VERSION}"
    path.parent.mkdir()
    path.symlink_to(Path(sys.executable).resolve())
    search = Finder(RUNNING_VERSION, environ).search()
    assert search.found is not None, search.rejected
    expected = (path, platform.python_version(), platform.system(), platform.machine())
    got = search.found
    assert expected == (got.path, got.version, got.system, got.machine)
