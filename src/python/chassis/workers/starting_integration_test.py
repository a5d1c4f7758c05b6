"""Several processes on one port, from their start until all of them listen."""

import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from chassis.testing.supervised_process import HOST, WAIT, SupervisedProcess
from chassis.testing.waiting import wait_until


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, WAIT)


def test_all_workers_answer_on_the_one_port(service: SupervisedProcess) -> None:
    """The port file is there when all of them do."""
    assert 2 == len(service.workers())
    seen: set[str] = set()

    def all_seen() -> bool:
        seen.add(service.word())
        return len(seen) == 2

    until(all_seen)
    assert seen == {str(pid) for pid in service.workers()}
    # Each worker has such a line, too; that of the supervisor follows the port file.
    (line,) = (each for each in service.wait_for("listening", 3) if "worker" not in each)
    assert (f"{HOST}:{service.process.port()}", 2) == (line["address"], line["workers"])


def test_a_host_with_several_addresses_has_the_same_port_at_each(tmp_path: Path) -> None:
    with SupervisedProcess(tmp_path, LISTEN_HOST="localhost") as service:
        port = service.process.port()
        for host in {each[4][0] for each in socket.getaddrinfo("localhost", port)}:
            socket.create_connection((str(host), port), timeout=WAIT).close()


@pytest.mark.parametrize(("code", "expected"), [(1, 1), (2, 2), (7, 1)])
def test_a_worker_that_cannot_start_ends_the_start(
    tmp_path: Path, code: int, expected: int
) -> None:
    """Workers say why on their own; the port file is never written."""
    service = SupervisedProcess(tmp_path)
    service.trouble.write_text(f"exit {code}")
    with service:
        assert expected == service.process.wait()
        assert not service.process.port_file.exists()
        assert code == service.lines("worker did not start")[0]["exit_code"]


def test_workers_that_do_not_listen_in_time_end_the_start(tmp_path: Path) -> None:
    service = SupervisedProcess(tmp_path, RESTART_POLICY='{"start_seconds": 0.2}')
    service.trouble.write_text("hang")
    with service:
        assert 1 == service.process.wait()
        # Again if it takes longer than that to end.
        late = service.lines("worker does not listen, killing it")
        assert {1, 2} == {line["worker"] for line in late}


def test_a_start_that_is_interrupted_ends_cleanly(tmp_path: Path) -> None:
    with SupervisedProcess(tmp_path) as service:
        service.wait_for("worker started", 2)
        service.process.send(signal.SIGTERM)
        assert 0 == service.process.wait()
        assert not service.process.port_file.exists()
        assert "Traceback" not in service.process.log


@pytest.mark.parametrize("holder", ["alone", "supervised"])
def test_a_port_that_is_taken_is_an_error_before_anything_starts(
    tmp_path: Path, holder: str
) -> None:
    """Also if it is shared already: by workers of another supervisor."""
    with ExitStack() as held:
        if holder == "alone":
            port = held.enter_context(socket.create_server((HOST, 0))).getsockname()[1]
        else:
            port = held.enter_context(SupervisedProcess(tmp_path)).process.port()
        with SupervisedProcess(tmp_path, LISTEN_PORT=str(port)) as service:
            assert 1 == service.process.wait()
            assert f"cannot listen on {HOST}:{port}: Address already in use" in service.process.log
            assert [] == service.lines("worker started")
