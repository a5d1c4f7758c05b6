"""Several processes on one port: started, watched, replaced and stopped, all of them real."""

import http.client
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest

from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask, start
from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.waiting import wait_until

HOST = "127.0.0.1"
WAIT = 60.0
COMMAND = (sys.executable, "-m", "chassis.testing.supervised")
REPLACED = "worker ended, replacing it"


class Service:
    """The supervisor's process, and what can be seen of it."""

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND, **environ: str) -> None:
        self.trouble = folder / "trouble"
        self.let_go = folder / "let-go"
        files = {"TROUBLE": str(self.trouble), "LET_GO": str(self.let_go)}
        settings = {"WORKERS": "2", "ADMIN_PORT": "0", "GRACE_SECONDS": str(WAIT)}
        self.process = ServiceProcess(
            command, {**python_environment(), **settings, **files, **environ}, WAIT
        )

    def __enter__(self) -> "Service":
        self.process.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        workers = self.workers()
        self.process.__exit__(*error)
        for each in workers:  # Some test may have failed because they are there.
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Give the whole lines of an event so far."""
        whole = self.process.log.rpartition("\n")[0]
        read = (json.loads(line) for line in whole.splitlines() if line.startswith("{"))
        return [line for line in read if line["event"] == event]

    def wait_for(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until an event was logged so often."""
        wait_until(lambda: len(self.lines(event)) >= count, WAIT)
        return self.lines(event)

    def workers(self) -> set[int]:
        """Give the processes that the supervisor has."""
        return children(self.process.pid)

    @contextmanager
    def channel(self) -> Iterator[grpc.Channel]:
        """Connect anew: the system chooses a worker for each connection."""
        alone = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"{HOST}:{self.process.port()}", alone) as channel:
            yield channel

    def word(self, word: bytes = b"pid") -> str:
        """Say a word to some worker; give what it answers, or the name of the code."""
        with self.channel() as channel:
            answer = ask(channel, RpcKind.UNARY, [word], WAIT)
        ok = answer.code is grpc.StatusCode.OK
        return answer.responses[0].decode() if ok else answer.code.name

    def admin(self, path: str) -> tuple[int, str]:
        """Ask the admin port."""
        address = self.lines("admin listening")[0]["address"]
        connection = http.client.HTTPConnection(address, timeout=WAIT)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def metric(self, name: str) -> float:
        """Give the value of a metric, by its name and labels as they are written."""
        _, text = self.admin("/metrics")
        return sum(
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith((f"{name} ", f"{name}{{"))
        )


@pytest.fixture()
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as service:
        service.process.port()
        yield service


def children(pid: int) -> set[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return set()
    return {int(each) for each in text.split()}


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, WAIT)


# ---- Starting ----


def test_all_workers_answer_on_the_one_port(service: Service) -> None:
    """The port file is there when all of them do."""
    assert 2 == len(service.workers())
    seen: set[str] = set()

    def all_seen() -> bool:
        seen.add(service.word())
        return len(seen) == 2

    until(all_seen)
    assert seen == {str(pid) for pid in service.workers()}
    (line,) = (each for each in service.lines("listening") if "worker" not in each)
    assert (f"{HOST}:{service.process.port()}", 2) == (line["address"], line["workers"])


def test_a_host_with_several_addresses_has_the_same_port_at_each(tmp_path: Path) -> None:
    with Service(tmp_path, LISTEN_HOST="localhost") as service:
        port = service.process.port()
        for host in {each[4][0] for each in socket.getaddrinfo("localhost", port)}:
            socket.create_connection((str(host), port), timeout=WAIT).close()


@pytest.mark.parametrize(("code", "expected"), [(1, 1), (2, 2), (7, 1)])
def test_a_worker_that_cannot_start_ends_the_start(
    tmp_path: Path, code: int, expected: int
) -> None:
    """Workers say why on their own; the port file is never written."""
    with Service(tmp_path) as service:
        service.trouble.write_text(f"exit {code}")
        assert expected == service.process.wait()
        assert not service.process.port_file.exists()
        assert code == service.lines("worker did not start")[0]["exit_code"]


def test_workers_that_do_not_listen_in_time_end_the_start(tmp_path: Path) -> None:
    with Service(tmp_path, RESTART_POLICY='{"start_seconds": 0.2}') as service:
        service.trouble.write_text("hang")
        assert 1 == service.process.wait()
        assert 2 == len(service.lines("worker does not listen, killing it"))


def test_a_start_that_is_interrupted_ends_cleanly(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
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
            port = held.enter_context(Service(tmp_path)).process.port()
        with Service(tmp_path, LISTEN_PORT=str(port)) as service:
            assert 1 == service.process.wait()
            assert f"cannot listen on {HOST}:{port}: Address already in use" in service.process.log
            assert [] == service.lines("worker started")


# ---- Replacing ----


def test_a_worker_that_dies_is_replaced_counted_and_logged(service: Service) -> None:
    before = service.workers()
    assert "UNAVAILABLE" == service.word(b"die")
    service.wait_for("worker started", 3)
    (line,) = service.lines(REPLACED)
    assert "SIGKILL" == line["signal"]
    until(lambda: service.metric("server_workers_serving") == 2)
    assert 1 == service.metric("server_worker_restarts_total")
    assert 1 == len(before & service.workers())
    assert service.process.port_file.exists()
    assert service.word().isdigit()


def test_calls_go_on_while_another_worker_is_replaced(service: Service) -> None:
    """The system sends new connections to those that listen."""
    service.trouble.write_text("hang")
    service.word(b"die")
    service.wait_for("worker started", 3)
    assert {1} == {len({service.word() for _ in range(20)})}


def test_nobody_is_sent_to_a_worker_that_is_not_healthy_yet(service: Service) -> None:
    service.trouble.write_text("ill")
    service.word(b"die")
    service.wait_for("not healthy yet, waiting before it listens")
    assert {1} == {len({service.word() for _ in range(20)})}
    assert 1 == service.metric("server_workers_serving")
    service.let_go.touch()
    until(lambda: service.metric("server_workers_serving") == 2)


def test_it_is_ready_while_some_worker_serves(service: Service) -> None:
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
    with Service(tmp_path, RESTART_POLICY=json.dumps(policy)) as service:
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
    with Service(tmp_path, command=(str(program), *COMMAND[1:])) as service:
        service.process.port()
        program.unlink()
        service.word(b"die")
        assert "No such file or directory" == service.wait_for(REPLACED, 2)[1]["error"]
        program.symlink_to(sys.executable)
        until(lambda: service.metric("server_workers_serving") == 2)


def test_what_a_dead_worker_had_counted_stays_in_the_totals(service: Service) -> None:
    for _ in range(10):
        service.word()
    handled = "grpc_server_handled_total"
    until(lambda: service.metric(handled) == 10)
    service.word(b"die")
    until(lambda: service.metric("server_worker_restarts_total") == 1)
    assert 10 == service.metric(handled)
    service.word()
    until(lambda: service.metric(handled) == 11)


def test_each_process_can_be_told_by_its_memory(service: Service) -> None:
    _, text = service.admin("/metrics")
    for number in (0, 1, 2):
        assert f'process_resident_memory_bytes{{worker="{number}"}} ' in text


def test_processes_that_were_left_behind_are_waited_for(service: Service) -> None:
    """As the first process of a container it inherits them."""
    service.word(b"orphan")
    until(lambda: len(service.workers()) == 2)


# ---- Stopping ----


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_cleanly(service: Service, number: signal.Signals) -> None:
    service.process.send(number)
    assert 0 == service.process.wait()
    assert not service.process.port_file.exists()
    assert [0, 0] == [line["exit_code"] for line in service.lines("worker ended")]
    assert "Traceback" not in service.process.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_processes_at_once_is_one_signal(
    service: Service, number: signal.Signals
) -> None:
    """As from a terminal, or from systemd: calls in flight finish all the same."""
    with service.channel() as channel:
        call = start(channel, RpcKind.UNARY, [b"wait"])
        until(lambda: service.metric("grpc_server_in_flight") == 1)
        for pid in (*service.workers(), service.process.pid):
            os.kill(pid, number)
        service.wait_for("stopping", 2)
        service.let_go.touch()
        assert call.result(WAIT).isdigit()
    assert 0 == service.process.wait()


def test_all_drain_together_and_the_probe_says_so_at_once(tmp_path: Path) -> None:
    with Service(tmp_path, DRAIN_SECONDS="3600") as service:
        service.process.port()
        service.process.send(signal.SIGTERM)
        assert {1, 2} == {line["worker"] for line in service.wait_for("draining", 2)}
        assert 503 == service.admin("/readyz")[0]
        assert (200, "ok\n") == service.admin("/livez")
        assert service.word().isdigit()
        service.process.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == service.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_all_now(service: Service, number: signal.Signals) -> None:
    with service.channel() as channel:
        call = start(channel, RpcKind.UNARY, [b"wait"])
        until(lambda: service.metric("grpc_server_in_flight") == 1)
        service.process.send(signal.SIGTERM)
        service.wait_for("stopping", 2)
        service.process.send(number)
        assert 128 + number == service.process.wait()
        assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def test_a_worker_that_hangs_does_not_hold_up_the_end_for_ever(service: Service) -> None:
    hanging = min(service.workers())
    os.kill(hanging, signal.SIGSTOP)
    service.process.send(signal.SIGTERM)
    service.wait_for("stopping")
    service.process.send(signal.SIGTERM)
    assert 128 + signal.SIGTERM == service.process.wait()
    assert 1 == len(service.lines("workers do not end, killing them"))
    assert not lives(hanging)


@pytest.mark.parametrize("phase", ["serving", "draining", "stopping"])
def test_workers_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path, phase: str) -> None:
    """They take no more calls, for there may be a successor, and finish those in flight."""
    drain = "0" if phase == "stopping" else "3600"
    with Service(tmp_path, DRAIN_SECONDS=drain) as service, service.channel() as channel:
        call = start(channel, RpcKind.UNARY, [b"wait"])
        until(lambda: service.metric("grpc_server_in_flight") == 1)
        workers = service.workers()
        if phase != "serving":
            service.process.send(signal.SIGTERM)
            service.wait_for(phase, 2)
        service.process.send(signal.SIGKILL)
        service.process.wait()
        service.wait_for("stopping", 2)
        until(lambda: service.word() == "UNAVAILABLE")
        service.let_go.touch()
        assert call.result(WAIT).isdigit()
        until(lambda: not any(lives(pid) for pid in workers))
