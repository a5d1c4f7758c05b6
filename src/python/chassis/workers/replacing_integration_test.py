"""Workers that end are replaced, and calls go on."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from chassis.testing.four_kinds import SERVICE_NAME
from chassis.testing.supervised_process import COMMAND, WAIT, SupervisedProcess
from chassis.testing.waiting import wait_until

REPLACED = "worker ended, replacing it"


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, WAIT)


def test_a_worker_that_dies_is_replaced_counted_and_logged(service: SupervisedProcess) -> None:
    before = service.workers()
    assert "UNAVAILABLE" == service.word(b"die")
    service.wait_for("worker started", 3)
    (line,) = service.lines(REPLACED)
    assert "SIGKILL" == line["signal"]
    until(lambda: service.metric("server_workers_serving") == 2)
    assert 1 == service.metric("server_worker_restarts_total", reason="ended")
    assert 1 == service.metric("server_worker_restarts_total")
    assert 1 == len(before & service.workers())
    assert service.process.port_file.exists()
    assert service.word().isdigit()


def test_calls_go_on_while_another_worker_is_replaced(service: SupervisedProcess) -> None:
    """The system sends new connections to those that listen."""
    service.trouble.write_text("hang")
    service.word(b"die")
    service.wait_for("worker started", 3)
    assert {1} == {len({service.word() for _ in range(20)})}


def test_nobody_is_sent_to_a_worker_that_is_not_healthy_yet(tmp_path: Path) -> None:
    with SupervisedProcess(tmp_path, HEALTHY_SECONDS="3600") as service:
        service.process.port()
        service.trouble.write_text("ill")
        service.word(b"die")
        service.wait_for("not healthy yet, waiting before it listens")
        assert {1} == {len({service.word() for _ in range(20)})}
        assert 1 == service.metric("server_workers_serving")
        service.let_go.touch()
        until(lambda: service.metric("server_workers_serving") == 2)


def test_it_is_ready_while_some_worker_serves(service: SupervisedProcess) -> None:
    assert (200, "ok\n") == service.admin("/readyz")
    service.trouble.write_text("hang")
    service.word(b"die")
    until(lambda: service.metric("server_workers_serving") == 1)
    assert (200, "ok\n") == service.admin("/readyz")
    service.word(b"die")
    until(lambda: service.admin("/readyz") == (503, "workers\n"))
    assert (200, "ok\n") == service.admin("/livez")


def test_a_crash_loop_ends_it_with_an_error(tmp_path: Path) -> None:
    """The worker that was well ends cleanly with it."""
    policy = {"pause_seconds": 0.01, "max_pause_seconds": 0.02, "ends": 3}
    with SupervisedProcess(tmp_path, RESTART_POLICY=json.dumps(policy)) as service:
        service.process.port()
        service.trouble.write_text("exit 3")
        service.word(b"die")
        assert 1 == service.process.wait()
        assert 3 == service.lines("workers keep ending, giving up")[0]["exit_code"]
        assert 3 == len(service.lines(REPLACED))
        assert [0] == [line["exit_code"] for line in service.lines("worker ended")]
        assert not service.process.port_file.exists()


def test_a_worker_that_cannot_even_be_started_is_tried_again(tmp_path: Path) -> None:
    """Here the program itself is gone for a while."""
    program = tmp_path / "python"
    program.symlink_to(sys.executable)
    with SupervisedProcess(tmp_path, command=(str(program), *COMMAND[1:])) as service:
        service.process.port()
        program.unlink()
        service.word(b"die")
        assert "No such file or directory" == service.wait_for(REPLACED, 2)[1]["error"]
        program.symlink_to(sys.executable)
        until(lambda: service.metric("server_workers_serving") == 2)


def test_what_a_dead_worker_had_counted_stays_in_the_totals(service: SupervisedProcess) -> None:
    for _ in range(10):
        service.word()

    def handled() -> float:
        return service.metric("grpc_server_handled_total", grpc_service=SERVICE_NAME)

    until(lambda: handled() == 10)
    service.word(b"die")
    until(lambda: service.metric("server_worker_restarts_total") == 1)
    assert 10 == handled()
    service.word()
    until(lambda: handled() == 11)


def test_each_process_can_be_told_by_its_memory(service: SupervisedProcess) -> None:
    _, text = service.admin("/metrics")
    for number in (0, 1, 2):
        assert f'process_resident_memory_bytes{{worker="{number}"}} ' in text
