"""What the command says and how it ends, run in this process."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from chassis.testing.logging_state import logging_restored
from chassis.testing.running import HOST
from recommendations.command_line import run_command

WAIT = 30.0


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with logging_restored():
        yield


def refusal(
    capsys: pytest.CaptureFixture[str], argv: list[str], environ: dict[str, str]
) -> tuple[int, list[str]]:
    """Give the exit code and what was said, without log lines."""
    exit_code = run_command(argv, environ)
    captured = capsys.readouterr()
    assert "" == captured.out
    return exit_code, [line for line in captured.err.splitlines() if not line.startswith("{")]


def test_every_wrong_setting_and_option_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"LISTEN_PORT": "x", "LOG_LEVEL": "LOUD", "GRACE_SECONDS": "-1", "OTHER": "fine"}
    expected = [
        "recommendations: the settings are wrong:",
        "  --host: 'a b' is neither an IP address nor a host name",
        "  LISTEN_PORT: 'x' is not a whole number",
        "  LOG_LEVEL: 'LOUD' is not 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
        "  GRACE_SECONDS: '-1' is less than 0.0",
    ]
    assert (2, expected) == refusal(capsys, ["--host", "a b"], environ)


def test_every_wrong_row_of_the_catalogue_is_listed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "books.csv"
    path.write_text(
        "id,title,authors,year,categories\n"
        "1,Fine,Somebody,1990,mystery\n"
        "x,No id,Somebody,1990,mystery\n"
        "3,No shelf,Somebody,1990,cookery\n"
    )
    exit_code, lines = refusal(capsys, ["--catalogue", str(path)], {})
    assert 2 == exit_code
    assert f"recommendations: the catalogue {path} cannot be read:" == lines[0]
    assert ["line 3", "line 4"] == [line.strip()[:6] for line in lines[1:]]


def test_a_catalogue_that_is_missing_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    exit_code, lines = refusal(capsys, [], {"CATALOGUE_FILE": str(tmp_path / "none.csv")})
    assert 2 == exit_code
    assert "No such file or directory" in lines[-1]


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        outcome = refusal(capsys, ["--port", str(port)], {})
    said = f"recommendations: cannot listen on {HOST}:{port}: Address already in use"
    assert (1, [said]) == outcome


def test_a_port_file_that_cannot_be_written_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "missing" / "port"
    outcome = refusal(capsys, ["--port", "0", "--port-file", str(path)], {})
    said = f"recommendations: cannot write the port file {path}: No such file or directory"
    assert (1, [said]) == outcome


def test_an_unknown_option_is_a_mistake_in_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        run_command(["--colour"], {})
    assert 2 == error.value.code
    assert "unrecognized arguments: --colour" in capsys.readouterr().err


def test_help_names_options_and_variables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        run_command(["--help"], {})
    assert 0 == error.value.code
    text = capsys.readouterr().out
    for name in ("--host", "--port", "--port-file", "--catalogue"):
        assert name in text
    for variable in ("LISTEN_HOST", "LISTEN_PORT", "PORT_FILE", "CATALOGUE_FILE"):
        assert f"[{variable}]" in text


def test_it_serves_a_catalogue_until_told_to_stop(tmp_path: Path) -> None:
    """From the command line to an answered call and a clean end."""
    books = tmp_path / "books.csv"
    books.write_text("id,title,authors,year,categories\n7,Mine,Me,1990,fantasy\n")
    port_file = tmp_path / "port"
    answers: list[bytes] = []

    def client() -> None:
        pause = threading.Event()
        while not port_file.exists():
            pause.wait(0.02)
        port = port_file.read_text().strip()
        # From here on a signal has a handler.
        try:
            with grpc.insecure_channel(f"{HOST}:{port}") as channel:
                untyped: Any = channel
                call = untyped.unary_unary(
                    "/onlinebooks.recommendations.v1.RecommendationsService/Recommend",
                    request_serializer=bytes,
                )
                answers.append(call(b"\x10\x04", timeout=WAIT))  # category = FANTASY
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=client, daemon=True)
    thread.start()
    argv = ["--port", "0", "--port-file", str(port_file), "--catalogue", str(books)]
    assert 0 == run_command(argv, {"LOG_FORMAT": "json"})
    thread.join(WAIT)
    assert 1 == len(answers)
    assert b"Mine" in answers[0]
