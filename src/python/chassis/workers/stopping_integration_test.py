"""All workers stop together, whoever says so."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import SERVICE_NAME, start
from chassis.testing.supervised_process import WAIT, SupervisedProcess, lives
from chassis.testing.waiting import wait_until


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, WAIT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_cleanly(service: SupervisedProcess, number: signal.Signals) -> None:
    service.process.send(number)
    assert 0 == service.process.wait()
    assert not service.process.port_file.exists()
    assert [0, 0] == [line["exit_code"] for line in service.lines("worker ended")]
    assert "Traceback" not in service.process.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_processes_at_once_is_one_signal(
    service: SupervisedProcess, number: signal.Signals
) -> None:
    """As from a terminal, or from systemd: calls in flight finish all the same."""
    with service.channel() as channel:
        call = start(channel, RpcKind.UNARY, [b"wait"], WAIT)
        until(lambda: service.metric("grpc_server_in_flight", grpc_service=SERVICE_NAME) == 1)
        for pid in (*service.workers(), service.process.pid):
            os.kill(pid, number)
        service.wait_for("stopping", 2)
        service.let_go.touch()
        assert call.result(WAIT).isdigit()
    assert 0 == service.process.wait()


def test_all_drain_together_and_the_probe_says_so_at_once(tmp_path: Path) -> None:
    with SupervisedProcess(tmp_path, DRAIN_SECONDS="3600") as service:
        service.process.port()
        service.process.send(signal.SIGTERM)
        assert {1, 2} == {line["worker"] for line in service.wait_for("draining", 2)}
        assert 503 == service.admin("/readyz")[0]
        assert (200, "ok\n") == service.admin("/livez")
        assert service.word().isdigit()
        service.process.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == service.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_all_now(service: SupervisedProcess, number: signal.Signals) -> None:
    with service.channel() as channel:
        call = start(channel, RpcKind.UNARY, [b"wait"], WAIT)
        until(lambda: service.metric("grpc_server_in_flight", grpc_service=SERVICE_NAME) == 1)
        service.process.send(signal.SIGTERM)
        service.wait_for("stopping", 2)
        service.process.send(number)
        assert 128 + number == service.process.wait()
        assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def test_a_worker_that_hangs_does_not_hold_up_the_end_for_ever(service: SupervisedProcess) -> None:
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
    with SupervisedProcess(tmp_path, DRAIN_SECONDS=drain) as service, service.channel() as channel:
        call = start(channel, RpcKind.UNARY, [b"wait"], WAIT)
        until(lambda: service.metric("grpc_server_in_flight", grpc_service=SERVICE_NAME) == 1)
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
