"""A worker's side of the line, with the supervisor's end in the test's hands."""

import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.health import OVERALL, Health, HealthBoard
from chassis.testing.recording_log import RecordingLog
from chassis.workers.worker import LISTENING, NOT_SERVING, SERVING, VARIABLE, Worker

WAIT = 10.0


class Line:
    """The supervisor's end, and the worker at the other."""

    def __init__(self) -> None:
        self.end, theirs = socket.socketpair()
        self.end.settimeout(WAIT)
        made = Worker.of({VARIABLE: f"2 50051 {theirs.detach()}"})
        assert made
        self.worker = made


@pytest.fixture()
def line() -> Iterator[Line]:
    line = Line()
    with line.end, line.worker:
        yield line


def test_a_process_that_nobody_supervises_is_no_worker() -> None:
    assert Worker.of({"PATH": "/bin"}) is None


def test_it_listens_where_it_is_told_and_leaves_the_rest_to_the_supervisor(line: Line) -> None:
    settings = GrpcServiceSettings(
        listen_port=0, admin_port=9464, port_file=Path("port"), workers=2, max_calls=7
    )
    own = line.worker.settings(settings)
    assert (50051, None, None) == (own.listen_port, own.admin_port, own.port_file)
    assert (2, 7) == (own.workers, own.max_calls)


def test_its_log_lines_say_which_it_is(line: Line) -> None:
    log = RecordingLog()
    line.worker.naming(lambda _: log.logger)("any").info("said")
    assert 2 == log.lines_of("said")[0]["worker"]


def test_it_says_when_it_listens_and_each_change_of_health(line: Line) -> None:
    board = HealthBoard({OVERALL: {"store"}})
    with line.worker.announcing(board)(50051):
        board.report("store", well=True)
        board.stop()
        board.close()
    line.end.shutdown(socket.SHUT_WR)
    assert LISTENING + NOT_SERVING + SERVING + NOT_SERVING == line.end.recv(64)


def test_it_listens_when_it_is_healthy(line: Line) -> None:
    """So nobody is sent to it before, such as after it took the place of another."""
    board = HealthBoard({OVERALL: {"store"}})
    timer = threading.Timer(0.1, board.report, ("store",), {"well": True})
    timer.start()
    line.worker.wait_until_healthy(board, RecordingLog().logger, seconds=3600)
    assert Health.SERVING is board.health_of(OVERALL)
    timer.join(WAIT)


def test_it_does_not_wait_for_health_when_it_is_to_stop(line: Line) -> None:
    line.end.send(bytes((signal.SIGTERM,)))
    board = HealthBoard({OVERALL: {"store"}})
    line.worker.wait_until_healthy(board, RecordingLog().logger, seconds=3600)
    assert signal.SIGTERM == line.worker.wait()


def test_it_does_not_wait_for_health_for_ever(line: Line) -> None:
    """What it needs may be away for long: then it says so, as a server alone does."""
    log = RecordingLog()
    line.worker.wait_until_healthy(HealthBoard({OVERALL: {"store"}}), log.logger, seconds=0.01)
    assert 1 == len(log.lines)


def test_orders_are_signals(line: Line) -> None:
    line.end.send(bytes((signal.SIGTERM, signal.SIGINT)))
    assert signal.SIGTERM == line.worker.wait()
    assert signal.SIGINT == line.worker.wait()


def test_waiting_ends_with_its_time(line: Line) -> None:
    assert line.worker.wait(0) is None


def test_waiting_can_be_ended_from_another_thread(line: Line) -> None:
    thread = threading.Thread(target=line.worker.wake)
    thread.start()
    assert line.worker.wait(WAIT) is None
    thread.join(WAIT)


@pytest.mark.parametrize("unheard", [b"", LISTENING])
def test_a_supervisor_that_is_gone_is_a_hangup_once(line: Line, unheard: bytes) -> None:
    """Whether or not it listened to the last that was said; nothing is said to it any more."""
    if unheard:
        with line.worker.announcing(HealthBoard({OVERALL: ()}))(50051):
            pass
    line.end.close()
    assert signal.SIGHUP == line.worker.wait()
    assert line.worker.wait(0) is None
    with line.worker.announcing(HealthBoard({OVERALL: ()}))(50051):
        pass


def test_after_its_end_nobody_need_be_woken() -> None:
    line = Line()
    with line.end, line.worker:
        pass
    line.worker.wake()
