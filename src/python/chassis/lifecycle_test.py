"""From the first call to the last, with real signals to this process."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from chassis import lifecycle
from chassis.address import ListenError
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.call import RpcKind
from chassis.lifecycle import leave, serve
from chassis.port_file import PortFileError
from chassis.service_settings import ServiceSettings
from chassis.testing.four_kinds import ask, four_kinds, start
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer
from chassis.testing.waiting import wait_until

WAIT = 60.0
LONG = 3600.0

Script = Callable[[grpc.Channel], None]
"""What happens while the server runs, on a thread of its own."""


class Gate:
    """A method that waits until it is let go, or until its call ends."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(self.open.set)
        self.reached.set()
        assert self.open.wait(2 * WAIT)
        yield from requests


class Run:
    """A server that is served on this thread while a script runs beside it."""

    def __init__(self, folder: Path, make_server: MakeServer, **settings: Any) -> None:
        self._make_server = make_server
        self.log = RecordingLog()
        self.gate = Gate()
        self.board = HealthBoard({OVERALL: ()})
        self.path = folder / "port"
        self._settings = ServiceSettings(port_file=self.path, **settings)
        self._error: BaseException | None = None

    def __call__(self, script: Script) -> int:
        thread = threading.Thread(target=self._beside, args=(script,))
        thread.start()
        server = self._make_server([four_kinds(self.gate)], board=self.board)
        exit_code = serve(server, self.board, self._settings, self.log.logger)
        thread.join(WAIT)
        if self._error:
            raise self._error
        return exit_code

    def _beside(self, script: Script) -> None:
        try:
            self.log.wait_for("listening")
            port = self.path.read_text().strip()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                script(channel)
        except BaseException as error:
            self._error = error
            send(signal.SIGTERM)
            send(signal.SIGTERM)


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def health(channel: grpc.Channel) -> Any:
    stub: Any = HealthStub(channel)
    return stub.Check(HealthCheckRequest(service=OVERALL), timeout=WAIT).status


def is_refused(channel: grpc.Channel) -> bool:
    """Whether no new call is taken; one that comes at that very moment gRPC cancels."""
    try:
        health(channel)
    except grpc.RpcError as error:
        return error.code() is grpc.StatusCode.UNAVAILABLE
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_cleanly(
    tmp_path: Path, number: signal.Signals, make_server: MakeServer
) -> None:
    run = Run(tmp_path, make_server)
    assert 0 == run(lambda _: send(number))
    assert not run.path.exists()
    assert ["listening", "draining", "stopping", "stopped"] == [
        line["event"] for line in run.log.lines
    ]
    assert number.name == run.log.lines_of("draining")[0]["signal"]


def test_signals_mean_what_they_meant_before(tmp_path: Path, make_server: MakeServer) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    Run(tmp_path, make_server)(lambda _: send(signal.SIGTERM))
    after = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    assert before == after


def test_while_draining_the_server_is_not_ready_yet_answers(
    tmp_path: Path, make_server: MakeServer
) -> None:
    run = Run(tmp_path, make_server, drain_seconds=LONG)
    run.gate.open.set()

    def script(channel: grpc.Channel) -> None:
        assert HealthCheckResponse.SERVING == health(channel)
        send(signal.SIGTERM)
        run.log.wait_for("draining")
        deadline = time.monotonic() + WAIT
        while health(channel) != HealthCheckResponse.NOT_SERVING:
            assert time.monotonic() < deadline
        assert grpc.StatusCode.OK == ask(channel, RpcKind.UNARY).code
        send(signal.SIGTERM)

    assert 128 + signal.SIGTERM == run(script)


def test_after_the_drain_period_the_server_stops(tmp_path: Path, make_server: MakeServer) -> None:
    run = Run(tmp_path, make_server, drain_seconds=0.05)
    assert 0 == run(lambda _: send(signal.SIGTERM))


def test_a_call_in_flight_finishes_within_the_grace_period(
    tmp_path: Path, make_server: MakeServer
) -> None:
    run = Run(tmp_path, make_server, grace_seconds=2 * WAIT)
    answers = []

    def script(channel: grpc.Channel) -> None:
        call = start(channel, RpcKind.UNARY)
        assert run.gate.reached.wait(WAIT)
        send(signal.SIGTERM)
        run.log.wait_for("stopping")
        # The line comes a moment before the end of new calls.
        wait_until(lambda: is_refused(channel), WAIT)
        assert not call.done()
        run.gate.open.set()
        answers.append(call.result(WAIT))

    assert 0 == run(script)
    assert [b"request"] == answers


def test_a_call_that_outlives_the_grace_period_is_cancelled(
    tmp_path: Path, make_server: MakeServer
) -> None:
    run = Run(tmp_path, make_server, grace_seconds=0.05)
    codes = []

    def script(channel: grpc.Channel) -> None:
        call = start(channel, RpcKind.UNARY)
        assert run.gate.reached.wait(WAIT)
        send(signal.SIGTERM)
        codes.append(call.code())

    assert 0 == run(script)
    assert codes[0] in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    run.log.wait_for("the grace period is over, cancelling the calls that are left")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_now(
    tmp_path: Path, number: signal.Signals, make_server: MakeServer
) -> None:
    run = Run(tmp_path, make_server, grace_seconds=LONG)
    codes = []

    def script(channel: grpc.Channel) -> None:
        call = start(channel, RpcKind.UNARY)
        assert run.gate.reached.wait(WAIT)
        send(signal.SIGTERM)
        run.log.wait_for("stopping")
        send(number)
        codes.append(call.code())

    assert 128 + number == run(script)
    assert codes[0] in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    assert not run.path.exists()


def test_a_port_that_is_taken_is_an_error(make_server: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = ServiceSettings(listen_port=taken.getsockname()[1])
        board = HealthBoard({OVERALL: ()})
        with pytest.raises(ListenError, match="Address already in use"):
            serve(make_server([], board=board), board, settings, RecordingLog().logger)


def test_a_port_file_that_cannot_be_written_is_an_error(
    tmp_path: Path, make_server: MakeServer
) -> None:
    settings = ServiceSettings(port_file=tmp_path / "missing" / "port")
    board = HealthBoard({OVERALL: ()})
    with pytest.raises(PortFileError):
        serve(make_server([], board=board), board, settings, RecordingLog().logger)


def test_leaving_waits_for_threads_that_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "_FORCED_SECONDS", WAIT)  # For a thread that is slow to end.
    release = threading.Event()
    thread = threading.Thread(target=release.wait, args=(WAIT,))
    thread.start()
    release.set()
    with pytest.raises(SystemExit) as error:
        leave(3)
    assert 3 == error.value.code
    assert not thread.is_alive()


def test_leaving_does_not_wait_for_a_thread_that_does_not_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The interpreter itself would wait for it for ever."""
    release = threading.Event()
    thread = threading.Thread(target=release.wait, args=(10 * WAIT,))
    thread.start()
    left_with: list[int] = []

    def note(exit_code: int) -> None:
        left_with.append(exit_code)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "_exit", note)
    with pytest.raises(KeyboardInterrupt):
        leave(3)
    release.set()
    thread.join(WAIT)
    assert [3] == left_with
