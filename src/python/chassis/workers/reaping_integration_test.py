"""As the first process of a container, the supervisor inherits orphans: none stays a zombie."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import grpc
import pytest

from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask
from chassis.testing.supervised_process import COMMAND, WAIT, SupervisedProcess, children, lives
from chassis.testing.waiting import wait_until

SECONDS = 30.0


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, WAIT)


def skip_unless_ci(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def as_first_process() -> Sequence[str]:
    """Give what runs a program as the first process of its own system of process numbers."""
    unshare = shutil.which("unshare")
    if unshare is None:
        skip_unless_ci("unshare is not installed (Debian: apt-get install util-linux)")
    own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = (unshare, *own_user, "--pid", "--mount-proc", "--fork", "--kill-child")
    tried = subprocess.run((*command, "true"), capture_output=True, text=True, timeout=SECONDS)
    if tried.returncode:
        skip_unless_ci(f"processes may not have numbers of their own: {tried.stderr.strip()}")
    return command


@pytest.fixture(params=["process 1", "subreaper"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SupervisedProcess]:
    """A service that inherits, in a container or, as anybody may, because it says so."""
    own = as_first_process() if request.param == "process 1" else ()
    with SupervisedProcess(tmp_path, (*own, *COMMAND)) as service:
        service.process.port()
        yield service


@pytest.fixture()
def supervisor(service: SupervisedProcess) -> int:
    """The number of the supervisor, as this process knows it."""
    started = children(service.process.pid)
    return started.pop() if len(started) == 1 else service.process.pid


def numbers_of_its_own(pid: int) -> list[int]:
    """Give the numbers of a process, from ours to that which it has for itself."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    (numbers,) = (line.split()[1:] for line in lines if line.startswith("NSpid:"))
    return [int(each) for each in numbers]


def test_it_is_the_first_process_or_not(
    service: SupervisedProcess, supervisor: int, request: pytest.FixtureRequest
) -> None:
    """Or the others would prove the same twice."""
    is_first = numbers_of_its_own(supervisor)[1:] == [1]
    assert is_first == (supervisor != service.process.pid)
    assert is_first == ("process 1" in request.node.name)


def test_orphans_that_have_ended_are_waited_for(
    service: SupervisedProcess, supervisor: int
) -> None:
    workers = children(supervisor)
    for _ in range(10):
        assert service.word(b"orphan").isdigit()
    until(lambda: children(supervisor) == workers)


def test_a_worker_that_was_killed_and_its_children_are_waited_for(
    service: SupervisedProcess, supervisor: int
) -> None:
    """Those that had ended before it, and those that live on and end some day."""
    workers = children(supervisor)
    with service.channel() as channel:
        for _ in range(2):
            assert ask(channel, RpcKind.UNARY, [b"child"], WAIT).code is grpc.StatusCode.OK
    ((victim, (ended, living)),) = ((pid, left) for pid in workers if (left := children(pid)))
    os.kill(ended, signal.SIGKILL)
    until(lambda: not lives(ended))
    os.kill(victim, signal.SIGKILL)
    until(lambda: service.metric("server_worker_restarts_total") == 1)
    until(lambda: len(children(supervisor)) == 3)
    assert workers - {victim} | {living} < children(supervisor)
    os.kill(living, signal.SIGKILL)
    until(lambda: len(children(supervisor)) == 2)
    assert workers - {victim} < children(supervisor)


def test_it_ends_cleanly_with_an_orphan_that_lives(
    service: SupervisedProcess, supervisor: int
) -> None:
    """It waits for workers, not for whatever else it has inherited."""
    workers = children(supervisor)
    assert service.word(b"child").isdigit()
    ((victim, orphans),) = ((pid, left) for pid in workers if (left := children(pid)))
    os.kill(victim, signal.SIGKILL)
    until(lambda: orphans <= children(supervisor))
    os.kill(supervisor, signal.SIGTERM)
    try:
        assert 0 == service.process.wait()
    finally:
        for pid in filter(lives, orphans):
            os.kill(pid, signal.SIGKILL)
