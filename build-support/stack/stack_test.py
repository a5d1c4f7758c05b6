"""What the commands ask of Pants and Compose, and what they say where they cannot."""

import stat
from collections.abc import Callable, Sequence
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


@pytest.fixture()
def calls(install: Install) -> Callable[[], list[str]]:
    """An engine, a Pants and a Compose that work; gives the calls of the last two so far.

    Compose fails to start a project whose name begins with `ill`.
    """
    record = 'printf "%s\\n" "${0##*/} $*" >>calls'
    install(
        f'{record}; echo "$OTEL_EXPORTER_OTLP_ENDPOINT" >endpoint;'
        " case $* in *short) echo v2.30;; *port*5000) echo 127.0.0.1:4711;;"
        " *=ill*up*) exit 1;; esac"
    )
    pants = Path("pants")
    pants.write_text(f"#!/bin/sh\n{record}\n")
    pants.chmod(0o755)
    tests = Path("dist/shop_in_container.pex")
    tests.parent.mkdir()
    tests.touch()
    return lambda: [
        each
        for each in Path("calls").read_text().splitlines()
        if each.startswith(("pants", "docker compose --project"))
    ]


def failure(capfd: pytest.CaptureFixture[str], *argv: str) -> str:
    """What is said on standard error by a command that fails."""
    assert 1 == main(argv)
    out, err = capfd.readouterr()
    assert "" == out
    return err


def in_order(words: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether each line holds its word, line by line."""
    return len(words) == len(lines) and all(
        word in line for word, line in zip(words, lines, strict=True)
    )


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


def test_up_builds_images_and_certificates_then_starts_and_says_where_the_shop_is(
    calls: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["up", "--port=0", "--profile=observability"])
    assert in_order(["package src/docker::", "--profile observability up", "port"], calls())
    assert Path("dist/dev-certs").is_dir()
    assert "http://127.0.0.1:4711 is open, after" in capfd.readouterr().out


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("options", "own", "endpoint"),
    [
        ((), "", ""),
        (("--profile=observability",), "", "http://jaeger:4317"),
        (("--profile=observability",), "http://other:4317", "http://other:4317"),
    ],
)
def test_traces_go_where_the_profile_keeps_them_unless_another_place_is_named(
    options: tuple[str, ...], own: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", own)
    assert 0 == main(["up", "--port=0", *options])
    assert endpoint == Path("endpoint").read_text().strip()


def test_the_test_runs_inside_the_container_of_a_project_of_its_own_that_is_removed(
    calls: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["--project=shop", "test"])
    made = calls()
    assert in_order(["package src/docker::", "up", "exec", "exec", "down --volumes"], made)
    assert all("--project-name=shop-test " in each for each in made[1:])
    assert "passed: " in capfd.readouterr().out


@pytest.mark.usefixtures("calls")
def test_what_does_not_start_is_shown_and_removed_and_fails_the_test(
    calls: Callable[[], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    failure(capfd, "--project=ill", "test")
    assert in_order(["package", "up", "ps --all", "logs --tail", "down --volumes"], calls())
