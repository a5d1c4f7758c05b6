import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.events import EventQueue, Signaled
from devstack.log_merger import LogMerger
from devstack.orphan_reaper import OrphanReaper
from devstack.service_command import ServiceCommand
from devstack.supervisor import StackError, StopRequested, Supervisor
from devstack.testing.waiting import process_has_ended, wait_until

SECONDS = 60.0
OBEYS = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("up", flush=True)
signal.sigwait({signal.SIGTERM})
print("down", flush=True)
"""
IGNORES_SIGTERM = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    signal.pause()
"""
LEAVES_A_WORKER = """
import subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("worker", worker.pid, flush=True)
"""


def service(name: str, script: str) -> ServiceCommand:
    return ServiceCommand(name, (sys.executable, "-c", script), os.environ)


@pytest.fixture()
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture()
def events() -> EventQueue:
    return EventQueue()


@pytest.fixture()
def supervise(log: Path, events: EventQueue) -> Iterator[Callable[..., Supervisor]]:
    """Makes a supervisor whose services are gone after the test, whatever it did."""
    with log.open("wb") as output, OrphanReaper() as reaper:
        names = ("shop", "stock")
        logs = LogMerger(output.fileno(), names, colored=False, last_words_seconds=SECONDS)
        yield lambda stop_seconds=SECONDS: Supervisor(
            events, logs, reaper, stop_seconds=stop_seconds
        )
        logs.flush(SECONDS)


def wait_for_line(log: Path, line: str) -> None:
    wait_until(f"line {line!r}", lambda: line in log.read_text().splitlines())


def test_services_stop_in_the_opposite_order_of_their_start(
    supervise: Callable[..., Supervisor], log: Path
) -> None:
    supervisor = supervise()
    for name in ("stock", "shop"):
        supervisor.start(service(name, OBEYS))
    wait_for_line(log, "stock | up")
    wait_for_line(log, "shop  | up")

    assert [] == supervisor.stop()

    wait_for_line(log, "stock | down")
    lines = log.read_text().splitlines()
    assert lines.index("shop  | down") < lines.index("stock | down")


def test_a_service_that_ends_ends_the_watch_with_its_name_and_exit_code(
    supervise: Callable[..., Supervisor], log: Path
) -> None:
    supervisor = supervise()
    supervisor.start(service("stock", OBEYS))
    supervisor.start(service("shop", "raise SystemExit(7)"))
    with pytest.raises(StackError, match="^shop ended with exit code 7$"):
        supervisor.watch()
    wait_for_line(log, "stock | up")
    assert [] == supervisor.stop()


def test_a_service_that_ends_well_is_an_error_too(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise()
    supervisor.start(service("shop", "pass"))
    with pytest.raises(StackError, match="^shop ended with exit code 0$"):
        supervisor.watch()


def test_a_service_that_is_killed_is_reported_with_the_signal(
    supervise: Callable[..., Supervisor],
) -> None:
    supervisor = supervise()
    supervisor.start(service("shop", "import os; os.kill(os.getpid(), 9)"))
    with pytest.raises(StackError, match="^shop was killed by SIGKILL$"):
        supervisor.watch()


def test_a_service_that_fails_at_the_start_ends_the_wait_for_it_at_once(
    supervise: Callable[..., Supervisor],
) -> None:
    """The wait has no practical end here, and the failure still arrives."""
    supervisor = supervise()
    supervisor.start(service("shop", "raise SystemExit(2)"))
    with pytest.raises(StackError, match="^shop ended with exit code 2$"):
        supervisor.wait_for("the shop", lambda: None, seconds=1e9)


def test_a_service_that_never_gets_ready_is_given_up(
    supervise: Callable[..., Supervisor], log: Path
) -> None:
    supervisor = supervise()
    supervisor.start(service("shop", OBEYS))
    wait_for_line(log, "shop  | up")
    with pytest.raises(StackError, match=r"^the shop took longer than 0\.1 s$"):
        supervisor.wait_for("the shop", lambda: None, seconds=0.1)
    assert [] == supervisor.stop()


def test_the_answer_of_a_probe_is_returned(supervise: Callable[..., Supervisor]) -> None:
    answers = iter((None, None, 5000))
    assert 5000 == supervise().wait_for("a port", lambda: next(answers), SECONDS)


def test_a_signal_ends_the_wait_for_readiness(
    supervise: Callable[..., Supervisor], events: EventQueue
) -> None:
    supervisor = supervise()
    events.put(Signaled(signal.SIGINT))
    with pytest.raises(StopRequested):
        supervisor.wait_for("the shop", lambda: None, seconds=1e9)


def test_a_signal_ends_the_watch(supervise: Callable[..., Supervisor], events: EventQueue) -> None:
    supervisor = supervise()
    threading.Timer(0.1, events.put, (Signaled(signal.SIGTERM),)).start()
    with pytest.raises(StopRequested):
        supervisor.watch()


def test_a_service_that_ignores_sigterm_is_killed_and_that_is_told(
    supervise: Callable[..., Supervisor], log: Path
) -> None:
    supervisor = supervise(stop_seconds=0.1)
    supervisor.start(service("stock", OBEYS))
    supervisor.start(service("shop", IGNORES_SIGTERM))
    wait_for_line(log, "stock | up")
    wait_for_line(log, "shop  | up")
    assert "killed shop, which had not stopped after 0.1 s" in supervisor.stop()


def test_a_second_signal_kills_what_still_runs(
    supervise: Callable[..., Supervisor], log: Path, events: EventQueue
) -> None:
    supervisor = supervise(stop_seconds=1e9)
    for name in ("stock", "shop"):
        supervisor.start(service(name, IGNORES_SIGTERM))
    wait_for_line(log, "stock | up")
    wait_for_line(log, "shop  | up")
    threading.Timer(0.1, events.put, (Signaled(signal.SIGINT),)).start()
    assert ["killed shop and stock at once"] == supervisor.stop()


def test_a_bad_exit_code_at_the_stop_is_told(
    supervise: Callable[..., Supervisor], log: Path
) -> None:
    supervisor = supervise()
    supervisor.start(service("shop", OBEYS + "raise SystemExit(3)"))
    wait_for_line(log, "shop  | up")
    assert ["shop ended with exit code 3"] == supervisor.stop()


def test_workers_that_a_dead_service_left_behind_are_killed(
    supervise: Callable[..., Supervisor], log: Path
) -> None:
    supervisor = supervise()
    supervisor.start(service("shop", LEAVES_A_WORKER))
    with pytest.raises(StackError):
        supervisor.watch()
    wait_until("the worker's line", lambda: "worker" in log.read_text())
    worker = int(log.read_text().split()[-1])
    assert wait_until("the worker's end", lambda: process_has_ended(worker))
