"""What is said where the stack cannot run: no repository, no engine, no Compose."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from stack.main import main

Install = Callable[[str], None]


@pytest.fixture()
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes a repository, and a docker command of one's own the only program."""
    (tmp_path / "compose.yaml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(script: str) -> None:
        docker = tmp_path / "docker"
        docker.write_text(f"#!/bin/sh\n{script}\n")
        docker.chmod(docker.stat().st_mode | stat.S_IXUSR)

    return write


def failure(capfd: pytest.CaptureFixture[str], *argv: str) -> str:
    """What is said on standard error by a command that fails."""
    assert 1 == main(argv)
    out, err = capfd.readouterr()
    assert "" == out
    return err


@pytest.mark.parametrize("command", ["up", "down", "test"])
def test_outside_the_repository_nothing_is_done(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "stack: run me from the root of the repository\n" == failure(capfd, command)


@pytest.mark.usefixtures("install")
def test_a_machine_without_docker_is_told_so(capfd: pytest.CaptureFixture[str]) -> None:
    assert "stack: no container engine: there is no docker\n" == failure(capfd, "up")


def test_an_engine_that_does_not_answer_is_quoted(
    install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    install("echo 'Is the docker daemon running?' >&2; exit 1")
    assert "stack: no container engine: Is the docker daemon running?\n" == failure(capfd, "up")


@pytest.mark.parametrize("version", ["exit 1", "echo 1.29.2"])
def test_compose_must_be_there_and_new_enough(
    install: Install, capfd: pytest.CaptureFixture[str], version: str
) -> None:
    install(f'if [ "$1" = compose ]; then {version}; else echo 28.0; fi')
    assert "needs Docker Compose 2" in failure(capfd, "down")


def test_down_removes_containers_networks_and_volumes_of_every_profile(
    install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    install('echo "$*" >>calls; case $* in *short) echo 2.30;; esac')
    assert 0 == main(["--project=shop", "down"])
    last = Path("calls").read_text().splitlines()[-1]
    assert last.startswith("compose --project-name=shop ")
    assert last.endswith("--profile * down --volumes --remove-orphans")
