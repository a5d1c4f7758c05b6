import os
import subprocess
import sys

import pytest

from devstack.orphan_reaper import OrphanReaper, reap
from devstack.service_command import python_environ

SECONDS = 60.0
SLEEPS = "print('up', flush=True); import signal; signal.pause()"
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPS


def group(script: str) -> subprocess.Popen[str]:
    """A running process group with this one process."""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize("script", [SLEEPS, IGNORES_SIGTERM])
def test_groups_still_watched_at_the_end_of_the_pipe_are_ended(script: str) -> None:
    with group(script) as process:
        reap([f"+{process.pid}\n"], 0.2)
        assert process.wait(SECONDS) < 0


def test_a_group_that_was_released_is_left_alone() -> None:
    """Its number may be that of a stranger by now."""
    with group(SLEEPS) as watched, group(SLEEPS) as released:
        reap([f"+{released.pid}\n", f"+{watched.pid}\n", f"-{released.pid}\n"], 0.2)
        watched.wait(SECONDS)
        assert released.poll() is None
        released.kill()


def test_a_group_that_has_gone_is_no_problem() -> None:
    with group(SLEEPS) as process:
        process.kill()
    reap([f"+{process.pid}\n"], 1e9)


def test_closing_the_reaper_ends_what_it_watches() -> None:
    with group(SLEEPS) as process:
        with OrphanReaper(0.2) as reaper:
            reaper.watch(process.pid)
        assert process.wait(SECONDS) < 0


def test_services_end_when_the_supervisor_is_killed() -> None:
    """SIGKILL to the supervisor's whole process group, as a build tool does that loses patience."""
    script = (
        "import os, signal\n"
        "from devstack.orphan_reaper import OrphanReaper\n"
        "reaper = OrphanReaper()\n"
        "reaper.watch(int(input()))\n"
        "print('up', flush=True)\n"
        "signal.pause()\n"
    )
    with group(SLEEPS) as service:
        supervisor = subprocess.Popen(
            [sys.executable, "-c", script],
            env=python_environ(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with supervisor:
            assert supervisor.stdin is not None
            assert supervisor.stdout is not None
            supervisor.stdin.write(f"{service.pid}\n")
            supervisor.stdin.flush()
            assert supervisor.stdout.readline() == "up\n"
            os.killpg(supervisor.pid, 9)
        assert service.wait(SECONDS) < 0
