"""A worker's side of the line, with the supervisor's end in the test's hands."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.health import OVERALL, Health, HealthBoard
from chassis.service import Service
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import running, threaded_server
from chassis.workers.worker import (
    ANSWERED,
    LISTENING,
    NOT_SERVING,
    QUESTION,
    SERVING,
    VARIABLE,
    Worker,
)

WAIT = 60.0


class Line:
    """The supervisor's end, and the worker at the other."""

    def __init__(self, folder: Path) -> None:
        self.end, theirs = socket.socketpair()
        self.end.settimeout(WAIT)
        self.stacks = os.memfd_create("stacks")
        told = f"2 50051 {theirs.detach()} {self.stacks} {folder}"
        made = Worker.of({VARIABLE: told})
        assert made
        self.worker = made

    def announced(self, board: HealthBoard) -> AbstractContextManager[None]:
        """What the worker does while its server listens."""
        return self.worker.announcing(board, GrpcServiceSettings(), lambda: True)(50051)


@pytest.fixture()
def idle_line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    with line.end:
        yield line
    os.close(line.stacks)


@pytest.fixture()
def line(idle_line: Line) -> Iterator[Line]:
    with idle_line.worker:
        yield idle_line


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
    with line.announced(board):
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
        with line.announced(HealthBoard({OVERALL: ()})):
            pass
    line.end.close()
    assert signal.SIGHUP == line.worker.wait()
    assert line.worker.wait(0) is None
    with line.announced(HealthBoard({OVERALL: ()})):
        pass


def test_after_its_end_nobody_need_be_woken(idle_line: Line) -> None:
    with idle_line.worker:
        pass
    idle_line.worker.wake()


def test_a_question_is_answered_when_the_server_has_answered(line: Line) -> None:
    """And it is no order: whoever waits for one goes on waiting."""
    server = threaded_server(
        line.worker.listener.added_to([Service("none", None, lambda *_: None)])
    )
    with running(server), line.announced(HealthBoard({OVERALL: ()})):
        assert LISTENING + SERVING == line.end.recv(64)
        line.end.send(QUESTION)
        thread = threading.Timer(0.1, line.end.send, (bytes((signal.SIGTERM,)),))
        thread.start()
        assert signal.SIGTERM == line.worker.wait(WAIT)
        assert ANSWERED == line.end.recv(64)
        thread.join(WAIT)


def test_questions_do_not_prolong_a_wait(line: Line) -> None:
    line.end.send(3 * QUESTION)
    assert line.worker.wait(0.01) is None


def test_nobody_answers_for_a_server_that_does_not(line: Line) -> None:
    """Here there is none: the question stays open."""
    with line.announced(HealthBoard({OVERALL: ()})):
        assert LISTENING + SERVING == line.end.recv(64)
        line.end.send(QUESTION)
        assert line.worker.wait(0.1) is None
    line.end.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.end.recv(64)


def test_the_folder_of_its_socket_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "with  spaces"
    line = Line(folder)
    with line.end, line.worker:
        assert f"unix:{folder}/2.0" == line.worker.listener.address
    os.close(line.stacks)
