"""The whole command, in a process of its own, with programs that stand for the services."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from devstack.probes import serves_http
from devstack.service_command import HOST, python_environ
from devstack.testing import fake_services
from devstack.testing.terminal import CTRL_C, Terminal
from devstack.testing.waiting import process_has_ended, wait_until

SECONDS = 60.0
ARGV = (sys.executable, "-P", "-m", "devstack.main", "--port", "0", "--recommendations-port", "0")
OPEN = r"the shop is open: http://localhost:(\d+)/"


def environ_with(modules: Path, **more: str) -> dict[str, str]:
    """The environment in which these modules hide the real services."""
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environ = python_environ({**plain, "TERM": "xterm", **more})
    environ["PYTHONPATH"] = os.pathsep.join((str(modules), environ["PYTHONPATH"]))
    return environ


@contextmanager
def hangup(handler: signal.Handlers) -> Iterator[None]:
    """What programs started meanwhile inherit; a build tool may ignore the signal."""
    before = signal.signal(signal.SIGHUP, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@contextmanager
def running(environ: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command with its output in a pipe."""
    process = subprocess.Popen(
        (*ARGV, *arguments),
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], pattern: str) -> str:
    """The output up to the line that has the pattern."""
    assert process.stdout is not None
    lines = ""
    for line in process.stdout:
        lines += line
        if re.search(pattern, line):
            return lines
    raise AssertionError(f"no {pattern!r} in the output:\n{lines}")


def pids(output: str) -> list[int]:
    """The services that have told their process number."""
    return [int(pid) for pid in re.findall(r"pid (\d+)", output)]


def assert_ended(output: str, count: int) -> None:
    """So many services were there, and are no more."""
    assert len(pids(output)) == count
    for pid in pids(output):
        wait_until(f"the end of {pid}", partial(process_has_ended, pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_both_cleanly_the_shop_first(tmp_path: Path, number: signal.Signals) -> None:
    environ = environ_with(fake_services.install(tmp_path))
    with hangup(signal.SIG_DFL), running(environ) as process:
        before = read_until(process, OPEN)
        process.send_signal(number)
        after, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert errors == ""
    assert [line.split()[0] for line in after.splitlines() if "stopped cleanly" in line] == [
        "marketplace",
        "recommendations",
    ]
    assert_ended(before, 2)


def test_under_nohup_the_end_of_the_terminal_is_no_reason_to_stop(tmp_path: Path) -> None:
    environ = environ_with(fake_services.install(tmp_path))
    with hangup(signal.SIG_IGN), running(environ) as process:
        match = re.search(OPEN, read_until(process, OPEN))
        assert match
        process.send_signal(signal.SIGHUP)
        assert serves_http(HOST, int(match[1]), "/")
        process.send_signal(signal.SIGTERM)
        after, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert after.count("devstack        | stopping\n") == 1


def test_the_shop_is_told_where_the_recommendations_listen(tmp_path: Path) -> None:
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, OPEN)
    match = re.search(r"recommendations answer gRPC at localhost:(\d+)", output)
    assert match
    assert f"marketplace     | asks 127.0.0.1:{match[1]}\n" in output


def test_the_catalogue_is_passed_on(tmp_path: Path) -> None:
    environ = environ_with(fake_services.install(tmp_path))
    with running(environ, "--catalogue", "my books.csv") as process:
        assert "recommendations | catalogue my books.csv\n" in read_until(process, OPEN)


def test_output_in_a_pipe_has_prefixes_without_colors(tmp_path: Path) -> None:
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, OPEN)
    assert "\x1b" not in output
    for line in output.splitlines():
        assert re.match(r"(recommendations|marketplace    |devstack       ) \| ", line)


def test_a_terminal_shows_a_color_for_each_service(tmp_path: Path) -> None:
    with Terminal(ARGV, environ_with(fake_services.install(tmp_path))) as terminal:
        terminal.read_until(OPEN)
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


def test_ctrl_c_in_the_terminal_reaches_the_services_only_through_the_command(
    tmp_path: Path,
) -> None:
    """A service that got the SIGINT too would be interrupted while it drains."""
    with Terminal(ARGV, environ_with(fake_services.install(tmp_path))) as terminal:
        terminal.read_until(OPEN)
        terminal.press(CTRL_C)
        assert terminal.wait() == 0
    assert "got a SIGINT" not in terminal.screen
    assert terminal.screen.count("stopped cleanly") == 2
    assert_ended(terminal.screen, 2)


def test_a_service_that_does_not_stop_is_killed_and_the_exit_code_says_so(tmp_path: Path) -> None:
    modules = fake_services.install(tmp_path, marketplace=fake_services.IGNORES_SIGTERM)
    with running(environ_with(modules), "--stop-seconds", "0.5") as process:
        before = read_until(process, OPEN)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "devstack: killed marketplace, which had not stopped after 0.5 s\n" in errors
    assert_ended(before, 2)


def test_a_second_ctrl_c_kills_what_does_not_stop(tmp_path: Path) -> None:
    modules = fake_services.install(tmp_path, marketplace=fake_services.IGNORES_SIGTERM)
    with Terminal((*ARGV, "--stop-seconds", "1e6"), environ_with(modules)) as terminal:
        terminal.read_until(OPEN)
        terminal.press(CTRL_C)
        terminal.read_until("ignored a signal")
        terminal.press(CTRL_C)
        assert terminal.wait() == 1
    assert "devstack: killed marketplace and recommendations at once\n" in terminal.screen
    assert_ended(terminal.screen, 2)


@pytest.mark.parametrize(
    ("victim", "other"),
    [("marketplace", "recommendations"), ("recommendations", "marketplace")],
)
def test_if_one_service_ends_the_other_is_stopped_and_the_exit_code_is_1(
    tmp_path: Path, victim: str, other: str
) -> None:
    with running(environ_with(fake_services.install(tmp_path))) as process:
        before = read_until(process, OPEN)
        match = re.search(rf"{victim} +\| pid (\d+)", before)
        assert match
        os.kill(int(match[1]), signal.SIGUSR1)
        after, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert errors == f"devstack: {victim} ended with exit code 7\n"
    assert re.search(rf"{other} +\| stopped cleanly", after)
    assert_ended(before, 2)


def test_a_service_that_fails_at_the_start_ends_it_at_once_and_its_message_is_seen(
    tmp_path: Path,
) -> None:
    """At once: the time to get ready has no practical end here."""
    modules = fake_services.install(tmp_path, recommendations=fake_services.FAILS_AT_START)
    with running(environ_with(modules), "--ready-seconds", "1e9") as process:
        output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert output == "recommendations | catalogue line 3: no title\n"
    assert errors == "devstack: recommendations ended with exit code 2\n"


def test_a_service_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    modules = fake_services.install(tmp_path, marketplace=fake_services.NEVER_READY)
    with running(environ_with(modules), "--ready-seconds", "3") as process:
        output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert errors == "devstack: the readiness of marketplace took longer than 3 s\n"
    assert_ended(output, 2)


def test_ctrl_c_before_all_is_ready_stops_what_has_started(tmp_path: Path) -> None:
    modules = fake_services.install(tmp_path, marketplace=fake_services.NEVER_READY)
    with running(environ_with(modules)) as process:
        before = read_until(process, r"marketplace +\| pid")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert errors == ""
    assert "the shop is open" not in output
    assert_ended(before, 2)


def test_services_end_even_if_the_command_is_killed(tmp_path: Path) -> None:
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, OPEN)
        os.killpg(process.pid, signal.SIGKILL)
    assert_ended(output, 2)


def test_it_goes_on_and_stops_cleanly_when_nobody_reads_its_output(tmp_path: Path) -> None:
    """As in `./pants up | head -1`."""
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, OPEN)
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
