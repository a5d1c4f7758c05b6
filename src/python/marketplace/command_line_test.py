"""How the service says that it cannot start."""

import logging
import socket
from collections.abc import Iterator

import pytest
import structlog

from marketplace.command_line import run_command


@pytest.fixture(autouse=True)
def _logs_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_every_wrong_setting_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"WEB_WORKERS": "none", "RECOMMENDATIONS_HOST": "a b", "LISTEN_HOST": "x y"}
    assert 2 == run_command(["--port", "70000"], environ)
    error = capsys.readouterr().err
    assert error.startswith("marketplace: the settings are wrong:\n")
    for source in ("--port", "WEB_WORKERS", "RECOMMENDATIONS_HOST", "LISTEN_HOST"):
        assert f"  {source}: " in error


@pytest.mark.parametrize("argv", [["--no-such-option"], ["surplus"], ["--port"]])
def test_wrong_usage_is_told(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(argv, {})
    assert 2 == end.value.code
    assert "usage: marketplace" in capsys.readouterr().err


def test_help_names_every_option_and_its_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(["--help"], {})
    assert not end.value.code
    text = capsys.readouterr().out
    for word in (
        "--host",
        "--port",
        "--port-file",
        "[LISTEN_HOST]",
        "[LISTEN_PORT]",
        "[PORT_FILE]",
    ):
        assert word in text


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert 1 == run_command(["--port", str(port)], {})
    expected = f"marketplace: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert expected == capsys.readouterr().err
