"""The whole command: how it ends, and what ends it. Programs stand for the services."""

import os
import re
import signal
from pathlib import Path

import pytest

from devstack.probes import serves_http
from devstack.service_command import HOST
from devstack.testing import fake_services
from devstack.testing.terminal import CTRL_C, Terminal
from devstack.testing.waiting import wait_until
from devstack.testing.whole_command import (
    ALL_UP,
    ARGV,
    OPEN,
    SECONDS,
    assert_ended,
    environ_with,
    hangup,
    read_until,
    running,
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_both_cleanly_the_shop_first(tmp_path: Path, number: signal.Signals) -> None:
    environ = environ_with(fake_services.install(tmp_path))
    with hangup(signal.SIG_DFL), running(environ) as process:
        before = read_until(process, *ALL_UP)
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
        match = re.search(OPEN, read_until(process, *ALL_UP))
        assert match
        process.send_signal(signal.SIGHUP)
        port = int(match[1])
        wait_until("an answer of the shop", lambda: serves_http(HOST, port, "/"))
        process.send_signal(signal.SIGTERM)
        after, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert after.count("devstack        | stopping\n") == 1


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
        before = read_until(process, *ALL_UP)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "devstack: killed marketplace, which had not stopped after 0.5 s\n" in errors
    assert_ended(before, 2)


def test_a_second_ctrl_c_kills_what_does_not_stop(tmp_path: Path) -> None:
    modules = fake_services.install(tmp_path, marketplace=fake_services.IGNORES_SIGTERM)
    with Terminal((*ARGV, "--stop-seconds", "1e6"), environ_with(modules)) as terminal:
        for pattern in ALL_UP:
            terminal.read_until(pattern)
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
        before = read_until(process, *ALL_UP)
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
    with running(environ_with(modules), "--ready-seconds", "20") as process:
        output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert errors == "devstack: the readiness of marketplace took longer than 20 s\n"
    assert_ended(output, 2)


def test_ctrl_c_before_all_is_ready_stops_what_has_started(tmp_path: Path) -> None:
    modules = fake_services.install(tmp_path, marketplace=fake_services.NEVER_READY)
    with running(environ_with(modules)) as process:
        before = read_until(process, *ALL_UP[1:])
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert errors == ""
    assert "the shop is open" not in output
    assert_ended(before, 2)


def test_services_end_even_if_the_command_is_killed(tmp_path: Path) -> None:
    with running(environ_with(fake_services.install(tmp_path))) as process:
        output = read_until(process, *ALL_UP)
        os.killpg(process.pid, signal.SIGKILL)
    assert_ended(output, 2)
