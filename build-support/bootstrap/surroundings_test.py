"""Programs are found by name and asked for their version, each within a few seconds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap.findings import Finding, healthy, render
from bootstrap.surroundings import Surroundings
from bootstrap.testing import interpreter, program


@pytest.fixture()
def around(tmp_path: Path) -> Surroundings:
    """A machine whose file system is empty."""
    environ = {"PATH": f"{tmp_path}/bin", "HOME": f"{tmp_path}/home"}
    return Surroundings(environ, tmp_path)


@pytest.mark.parametrize(
    ("path", "look"),
    [
        ("bin/psql", Surroundings.database_client),
        ("bin/postgres", Surroundings.database_server),
        ("usr/lib/postgresql/15/bin/postgres", Surroundings.database_server),
        ("opt/homebrew/opt/postgresql@16/bin/postgres", Surroundings.database_server),
        ("bin/chromium", Surroundings.browser),
        ("bin/google-chrome", Surroundings.browser),
        ("Applications/Google Chrome.app/Contents/MacOS/Google Chrome", Surroundings.browser),
    ],
)
def test_a_program_is_told_with_path_and_version(
    around: Surroundings, tmp_path: Path, path: str, look: Callable[[Surroundings], Finding]
) -> None:
    """Only the first line of what it says."""
    found = program(tmp_path / path, "echo 'Version 1.5'; echo 'more'")
    finding = look(around)
    assert ("ok", f"{found} (Version 1.5)") == (finding.status, finding.detail)


@pytest.mark.parametrize(
    "look",
    [Surroundings.database_client, Surroundings.database_server, Surroundings.browser],
)
def test_an_absent_program_is_optional(
    around: Surroundings, look: Callable[[Surroundings], Finding]
) -> None:
    finding = look(around)
    assert ("absent", True) == (finding.status, healthy([finding]))


def test_a_program_that_fails_is_told_with_its_words(around: Surroundings, tmp_path: Path) -> None:
    found = program(tmp_path / "bin/psql", "echo 'no such library' >&2; exit 127")
    finding = around.database_client()
    assert ("absent", f"{found} does not run: no such library") == (finding.status, finding.detail)


def test_a_browser_that_fails_gives_way_to_the_next(around: Surroundings, tmp_path: Path) -> None:
    program(tmp_path / "bin/chromium", "exit 1")
    found = program(tmp_path / "bin/google-chrome", "echo 1.5")
    assert f"{found} (1.5)" == around.browser().detail


def test_the_first_engine_that_answers(around: Surroundings, tmp_path: Path) -> None:
    """A docker client without its daemon is common; podman needs none."""
    program(tmp_path / "bin/docker", "exit 1")
    podman = program(tmp_path / "bin/podman", 'test "$1" = info && echo 5.1')
    assert f"{podman}, engine 5.1" == around.container_engine().detail


def test_no_engine_at_all(around: Surroundings) -> None:
    assert "neither docker nor podman on PATH" == around.container_engine().detail


def test_services_run_on_the_version_that_pants_toml_names(
    around: Surroundings, tmp_path: Path
) -> None:
    """It needs no pip, and must be where Pants looks, so not among uv's interpreters."""
    pants_toml = '[python]\ninterpreter_constraints = ["CPython==3.11.*"]\n'
    uv = tmp_path / "home/.local/share/uv/python/cpython-3.11.7-linux/bin/python3.11"
    interpreter(uv, version="3.11.7")
    assert "MISSING" == around.services_python(pants_toml).status
    own = interpreter(tmp_path / "bin/python3.11", version="3.11.8", bundled_pip="")
    finding = around.services_python(pants_toml)
    assert ("ok", f"{own} (3.11.8)") == (finding.status, finding.detail)


def test_a_pants_toml_that_names_no_version(around: Surroundings) -> None:
    assert "MISSING" == around.services_python("").status


def test_the_report_says_what_is_needed_for_what() -> None:
    findings = [
        Finding("one", True, "/bin/one", "building"),
        Finding("three", False, "refused\nagain", "running", required=True),
    ]
    expected = """\
ok       one    /bin/one
                optional: building
MISSING  three  refused
                again
                required: running

Something required is missing.
"""
    assert expected == render(findings)
