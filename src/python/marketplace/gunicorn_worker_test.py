"""How a worker stops, on a real socket. `main_integration_test.py` runs it under gunicorn."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from selectors import DefaultSelector
from typing import Any

import pytest
from flask import Flask
from gunicorn.sock import TCPSocket
from gunicorn.workers.gthread import TConn

from chassis.settings import load_settings
from chassis.testing.waiting import wait_until
from marketplace import even_worker, patient_worker
from marketplace.gunicorn_conf import gunicorn_options
from marketplace.gunicorn_server import Application, StructuredLogger
from marketplace.gunicorn_worker import DrainingWorker
from marketplace.settings import MarketplaceSettings
from marketplace.testing.clock import FakeClock


class AcceptingWorker(DrainingWorker):
    """One that only collects whom it accepts."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.accepted: list[TConn] = []

    def enqueue_req(self, conn: TConn) -> None:
        """Leave the connection alone."""
        self.accepted.append(conn)


@pytest.fixture()
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture()
def workers(resources: ExitStack, monkeypatch: pytest.MonkeyPatch) -> list[AcceptingWorker]:
    """Two with one socket, as the master makes them."""
    monkeypatch.setenv("SERVER_SOFTWARE", "")  # gunicorn sets it.
    application = Application(
        lambda: Flask("shop"), gunicorn_options(load_settings(MarketplaceSettings, {}), 0)
    )
    log = StructuredLogger(application.cfg)
    address: Any = ("127.0.0.1", 0)
    sockets = [TCPSocket(address, application.cfg, log)]
    for each in sockets:
        resources.callback(each.close)
    made = []
    for number in (1, 2):
        worker = AcceptingWorker(1, 0, sockets, application, 30, application.cfg, log)
        worker.poller = resources.enter_context(DefaultSelector())
        resources.callback(worker.tmp.close)
        worker.number = number
        made.append(worker)
    made[1].counts = made[0].counts
    return made


@pytest.fixture()
def worker(workers: list[AcceptingWorker]) -> AcceptingWorker:
    """The only one that takes visitors."""
    workers[0].set_accept_enabled(True)
    return workers[0]


@pytest.fixture()
def port(workers: list[AcceptingWorker]) -> int:
    number: int = workers[0].sockets[0].getsockname()[1]
    return number


@pytest.fixture()
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """What says how long a visitor has been left to others."""
    made = FakeClock()
    monkeypatch.setattr(even_worker, "monotonic", made)
    return made


def knock(resources: ExitStack, port: int, times: int) -> None:
    for _ in range(times):
        resources.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))


def test_who_is_in_the_queue_is_let_in_before_the_door_closes(
    resources: ExitStack, worker: AcceptingWorker, port: int
) -> None:
    knock(resources, port, 5)
    worker.alive = False
    worker.set_accept_enabled(False)
    assert 5 == len(worker.accepted)
    for conn in worker.accepted:
        conn.close()
    with pytest.raises(ConnectionRefusedError):
        knock(resources, port, 1)


def test_no_more_are_let_in_than_the_worker_may_have(
    resources: ExitStack, worker: AcceptingWorker, port: int
) -> None:
    worker.worker_connections = 3
    knock(resources, port, 5)
    worker.alive = False
    worker.set_accept_enabled(False)
    assert 3 == len(worker.accepted)
    for conn in worker.accepted:
        conn.close()


def test_a_worker_told_to_stop_while_it_starts_lets_in_who_waits_and_closes_once(
    resources: ExitStack, worker: AcceptingWorker, port: int
) -> None:
    worker.set_accept_enabled(False)
    knock(resources, port, 2)
    worker.alive = False
    worker.set_accept_enabled(True)
    worker.set_accept_enabled(False)
    worker.set_accept_enabled(False)
    assert 2 == len(worker.accepted)
    for conn in worker.accepted:
        conn.close()
    with pytest.raises(ConnectionRefusedError):
        knock(resources, port, 1)


def test_a_worker_that_is_only_full_keeps_the_door(
    resources: ExitStack, worker: AcceptingWorker, port: int
) -> None:
    """Visitors wait in the system's queue until it takes them."""
    worker.set_accept_enabled(False)
    knock(resources, port, 1)
    assert [] == worker.accepted
    worker.set_accept_enabled(True)
    worker.wait_for_and_dispatch_events(30)
    assert 1 == len(worker.accepted)
    worker.accepted[0].close()


def test_it_serves_from_when_it_opens_its_door_until_it_is_to_stop(worker: AcceptingWorker) -> None:
    """Also while it is full."""
    assert worker.serves.is_set()
    worker.set_accept_enabled(False)
    assert worker.serves.is_set()
    worker.alive = False
    worker.set_accept_enabled(False)
    assert not worker.serves.is_set()


@pytest.fixture()
def _signals_restored(worker: AcceptingWorker) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in worker.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    signal.set_wakeup_fd(-1)


@pytest.mark.usefixtures("_signals_restored")
def test_interrupts_are_left_to_the_master(
    resources: ExitStack, worker: AcceptingWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = list(os.pipe())
    monkeypatch.setattr(worker, "PIPE", pipe)
    for end in pipe:
        os.set_blocking(end, False)
        resources.callback(os.close, end)
    worker.init_signals()
    assert signal.SIG_IGN is signal.getsignal(signal.SIGINT)
    assert worker.handle_exit == signal.getsignal(signal.SIGTERM)


def test_the_master_is_told_once_a_second_that_it_lives(
    worker: AcceptingWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the loop goes round: for each request it does twice."""
    clock = FakeClock()
    monkeypatch.setattr(patient_worker, "monotonic", clock)
    told: list[float] = []
    monkeypatch.setattr(worker.tmp, "notify", lambda: told.append(clock.now))
    for _ in range(3):
        worker.notify()
        worker.notify()
        clock.advance(patient_worker.SIGN_OF_LIFE_SECONDS)
    first, *later = told
    assert [first + each * patient_worker.SIGN_OF_LIFE_SECONDS for each in (1, 2)] == later


@pytest.mark.usefixtures("clock")
def test_a_visitor_is_left_to_those_who_have_fewer(
    resources: ExitStack, worker: AcceptingWorker, port: int
) -> None:
    worker.counts.tell(2, 0)
    knock(resources, port, 1)
    worker.wait_for_and_dispatch_events(30)
    assert 1 == len(worker.accepted)
    knock(resources, port, 1)
    worker.wait_for_and_dispatch_events(30)
    assert 1 == len(worker.accepted)
    worker.accepted[0].close()


def test_a_visitor_whom_nobody_else_takes_is_taken_after_a_moment(
    resources: ExitStack, worker: AcceptingWorker, port: int
) -> None:
    """Those who have fewer may be busy, or dead."""
    worker.counts.tell(2, 0)
    knock(resources, port, 3)

    def all_taken() -> bool:
        worker.wait_for_and_dispatch_events(30)
        return len(worker.accepted) == 3

    wait_until(all_taken)
    for conn in worker.accepted:
        conn.close()


@pytest.mark.usefixtures("clock")
def test_who_waits_when_a_worker_stops_is_not_left_to_others(
    resources: ExitStack, worker: AcceptingWorker, port: int
) -> None:
    worker.nr_conns = 5
    worker.counts.tell(2, 0)
    knock(resources, port, 2)
    worker.wait_for_and_dispatch_events(30)
    assert [] == worker.accepted
    worker.alive = False
    worker.set_accept_enabled(False)
    assert 2 == len(worker.accepted)
    for conn in worker.accepted:
        conn.close()


def test_others_know_how_many_it_has_while_it_takes_visitors(worker: AcceptingWorker) -> None:
    worker.set_accept_enabled(False)
    worker.set_accept_enabled(True)
    assert worker.counts.others_have_fewer(2, 1)
    worker.nr_conns = 1
    assert not worker.counts.others_have_fewer(2, 1)
    worker.nr_conns = 0
    assert worker.counts.others_have_fewer(2, 1)
    worker.set_accept_enabled(False)
    assert not worker.counts.others_have_fewer(2, 1)
    worker.nr_conns = 0  # A connection of before has ended.
    assert not worker.counts.others_have_fewer(2, 1)


def test_visitors_are_shared_out_evenly_however_quick_a_worker_is(
    resources: ExitStack,
    workers: list[AcceptingWorker],
    port: int,
    clock: FakeClock,
) -> None:
    for each in workers:
        each.set_accept_enabled(True)
    quick, slow = workers
    knock(resources, port, 20)
    for _ in range(10):
        for each in (quick, quick, quick, slow):
            each.wait_for_and_dispatch_events(0.001)
        clock.advance(even_worker.LEFT_SECONDS)
    assert [10, 10] == [len(each.accepted) for each in workers]
    for conn in quick.accepted + slow.accepted:
        conn.close()
