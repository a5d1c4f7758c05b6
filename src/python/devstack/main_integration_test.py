"""The whole command: what it passes on, what it shows, how it is used."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.service_command import python_environ
from devstack.testing import fake_services
from devstack.testing.terminal import CTRL_C, Terminal
from devstack.testing.whole_command import (
    ALL_UP,
    ARGV,
    OPEN,
    SECONDS,
    assert_ended,
    environ_with,
    read_until,
    running,
)


def test_the_shop_is_told_where_the_recommendations_listen(tmp_path: Path) -> None:
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, *ALL_UP)
    match = re.search(r"recommendations answer gRPC at localhost:(\d+)", output)
    assert match
    assert f"marketplace     | asks 127.0.0.1:{match[1]}\n" in output


def test_the_catalogue_is_passed_on(tmp_path: Path) -> None:
    environ = environ_with(fake_services.install(tmp_path))
    with running(environ, "--catalogue", "my books.csv") as process:
        assert "recommendations | catalogue my books.csv\n" in read_until(process, *ALL_UP)


def test_output_in_a_pipe_has_prefixes_without_colors(tmp_path: Path) -> None:
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, *ALL_UP)
    assert "\x1b" not in output
    for line in output.splitlines():
        assert re.match(r"(recommendations|marketplace    |devstack       ) \| ", line)


def test_a_terminal_shows_a_color_for_each_service(tmp_path: Path) -> None:
    with Terminal(ARGV, environ_with(fake_services.install(tmp_path))) as terminal:
        for pattern in ALL_UP:
            terminal.read_until(pattern)
        colors = {
            name: set(re.findall(rf"(\x1b\[\d+m){name} *\|\x1b\[0m ", terminal.screen))
            for name in ("devstack", "recommendations", "marketplace")
        }
        terminal.press(CTRL_C)
        assert terminal.wait() == 0
    assert [1, 1, 1] == [len(found) for found in colors.values()]
    assert len(set.union(*colors.values())) == 3


def test_no_color_is_honored_by_a_terminal(tmp_path: Path) -> None:
    environ = environ_with(fake_services.install(tmp_path), NO_COLOR="1")
    with Terminal(ARGV, environ) as terminal:
        terminal.read_until(OPEN)
        assert "\x1b" not in terminal.screen


def test_it_goes_on_and_stops_cleanly_when_nobody_reads_its_output(tmp_path: Path) -> None:
    """As in `./pants up | head -1`."""
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, *ALL_UP)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.send_signal(signal.SIGTERM)
        assert process.stderr.read() == ""
        assert process.wait(SECONDS) == 0
    assert_ended(output, 2)


def test_it_works_without_any_standard_output(tmp_path: Path) -> None:
    """As in `./pants up >&-`, which leaves descriptor 1 to the first file that is opened."""
    modules = fake_services.install(tmp_path, recommendations=fake_services.FAILS_AT_START)
    closing = "import os, sys; os.close(1); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.run(
        (sys.executable, "-c", closing, *ARGV),
        env=environ_with(modules),
        stderr=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr == "devstack: recommendations ended with exit code 2\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--port", "65536"), "argument --port: 65536 is not between 0 and 65535"),
        (("--port", "-1"), "argument --port: -1 is not between 0 and 65535"),
        (("--port", "http"), "argument --port: 'http' is not a number"),
        (("--ready-seconds", "soon"), "argument --ready-seconds: 'soon' is not a positive number"),
        (("--ready-seconds", "nan"), "argument --ready-seconds: 'nan' is not a positive number"),
        (("--ready-seconds", "0"), "argument --ready-seconds: '0' is not a positive number"),
        (("8080",), "unrecognized arguments: 8080"),
    ],
)
def test_wrong_usage_is_explained_with_exit_code_2(
    arguments: tuple[str, ...], message: str
) -> None:
    process = subprocess.run(
        (*ARGV, *arguments),
        env=python_environ(os.environ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert process.returncode == 2
    assert process.stderr.endswith(f"error: {message}\n")
    assert process.stdout == ""


def test_the_help_names_every_option_and_exit_code() -> None:
    process = subprocess.run(
        (*ARGV, "--help"),
        env=python_environ(os.environ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    for word in (
        "--port",
        "--recommendations-port",
        "--catalogue",
        "--ready-seconds",
        "--stop-seconds",
        "Ctrl-C",
    ):
        assert word in process.stdout
    assert process.stdout.startswith("usage: ./pants up ")
