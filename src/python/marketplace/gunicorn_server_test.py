"""gunicorn's parts as this service bends them. `main_integration_test.py` runs them for real."""

import logging
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from chassis.settings import load_settings
from marketplace.gunicorn_conf import gunicorn_options
from marketplace.gunicorn_server import Application, DrainingArbiter, prepare
from marketplace.gunicorn_worker import DrainingWorker
from marketplace.settings import MarketplaceSettings
from marketplace.shared_flag import SharedFlag


class Arbiter(DrainingArbiter):
    """One whose workers are none, so that stopping takes no time."""

    def queued(self) -> list[int]:
        """Give the signals that are waiting, in their order."""
        return [self.SIG_QUEUE.get_nowait() for _ in range(self.SIG_QUEUE.qsize())]


@pytest.fixture()
def flag() -> SharedFlag:
    return SharedFlag()


@pytest.fixture(autouse=True)
def _undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SERVER_SOFTWARE", "")  # gunicorn sets it.
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def an_application(**options: Any) -> Application:
    return Application(
        lambda: Flask("shop"), gunicorn_options(load_settings(MarketplaceSettings, {}), 0) | options
    )


def an_arbiter(flag: SharedFlag, drain_seconds: float = 0.0) -> Arbiter:
    return Arbiter(an_application(), flag, drain_seconds)


def test_the_application_is_made_when_it_is_first_needed() -> None:
    made: list[Flask] = []

    def make() -> Flask:
        made.append(Flask("shop"))
        return made[-1]

    application = Application(make, {})
    assert [] == made
    assert application.wsgi() is application.wsgi()
    assert 1 == len(made)


def test_an_option_that_gunicorn_lacks_is_a_mistake_at_the_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        Application(lambda: Flask("shop"), {"worker_count": 2})
    assert 1 == end.value.code
    assert "worker_count" in capsys.readouterr().err


def test_options_survive_a_reload() -> None:
    application = an_application(workers=3)
    application.reload()
    assert 3 == application.cfg.workers


def test_the_environment_of_gunicorn_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 9")
    assert 2 == an_application().cfg.workers


def test_lines_of_gunicorn_go_the_way_of_all_lines(
    flag: SharedFlag, caplog: pytest.LogCaptureFixture
) -> None:
    arbiter = an_arbiter(flag)
    with caplog.at_level(logging.INFO):
        arbiter.log.info("a line of %s", "gunicorn") if arbiter.log else None
    assert [("gunicorn.error", logging.INFO, "a line of gunicorn")] == caplog.record_tuples
    assert [] == logging.getLogger("gunicorn.error").handlers


# ---- Knowing its workers ----


@pytest.fixture()
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, DrainingWorker]]:
    """Those of every arbiter: gunicorn keeps them in its class."""
    found: dict[int, DrainingWorker] = {}
    monkeypatch.setattr(Arbiter, "WORKERS", found)
    yield found
    for worker in found.values():
        worker.tmp.close()


def a_worker(arbiter: Arbiter) -> DrainingWorker:
    worker = DrainingWorker(1, 0, [], arbiter.app, 30, arbiter.cfg, arbiter.log)
    prepare(arbiter, worker)
    return worker


def test_workers_know_of_each_other_and_nothing_of_who_had_their_number(
    flag: SharedFlag, workers: dict[int, DrainingWorker]
) -> None:
    arbiter = an_arbiter(flag)
    workers[100] = a_worker(arbiter)
    workers[101] = a_worker(arbiter)
    workers[101].counts.tell(workers[101].number, 0)
    assert workers[100].counts.others_have_fewer(workers[100].number, 1)
    workers.pop(101).tmp.close()  # It ended without a word.
    workers[102] = a_worker(arbiter)
    assert not workers[100].counts.others_have_fewer(workers[100].number, 1)


def test_it_is_well_while_a_worker_serves(
    flag: SharedFlag, workers: dict[int, DrainingWorker]
) -> None:
    arbiter = an_arbiter(flag)
    assert (0, ["no worker serves"]) == (arbiter.serving, arbiter.unwell())
    workers[100] = a_worker(arbiter)
    workers[101] = a_worker(arbiter)
    assert (0, ["no worker serves"]) == (arbiter.serving, arbiter.unwell())
    workers[101].serves.set()
    assert (1, []) == (arbiter.serving, arbiter.unwell())
    flag.set()
    assert (1, ["draining"]) == (arbiter.serving, arbiter.unwell())
    workers[101].serves.clear()
    assert ["draining", "no worker serves"] == arbiter.unwell()


def test_the_number_of_a_worker_that_ended_is_given_again(
    flag: SharedFlag, workers: dict[int, DrainingWorker]
) -> None:
    arbiter = an_arbiter(flag)
    for pid in (100, 101, 102):
        workers[pid] = a_worker(arbiter)
    assert {1: 100, 2: 101, 3: 102} == arbiter.processes()
    workers.pop(101).tmp.close()
    workers[103] = a_worker(arbiter)
    workers[104] = a_worker(arbiter)
    assert {1: 100, 2: 103, 3: 102, 4: 104} == arbiter.processes()


# ---- Stopping ----


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_to_stop(first: signal.Signals, flag: SharedFlag) -> None:
    arbiter = an_arbiter(flag)
    arbiter.signal(first, None)
    assert [signal.SIGTERM] == arbiter.queued()


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_another_ends_it_now_and_the_exit_code_tells(
    second: signal.Signals, flag: SharedFlag
) -> None:
    arbiter = an_arbiter(flag)
    arbiter.signal(signal.SIGTERM, None)
    arbiter.signal(second, None)
    assert [signal.SIGTERM, signal.SIGQUIT] == arbiter.queued()
    with pytest.raises(SystemExit) as end:
        arbiter.halt()
    assert 128 + second == end.value.code


@pytest.mark.parametrize("other", [signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD])
def test_other_signals_are_gunicorns(other: signal.Signals, flag: SharedFlag) -> None:
    arbiter = an_arbiter(flag)
    arbiter.signal(other, None)
    arbiter.signal(signal.SIGTERM, None)
    assert [other, signal.SIGTERM] == arbiter.queued()


def test_without_a_time_to_drain_it_stops_at_once(flag: SharedFlag) -> None:
    with pytest.raises(StopIteration):
        an_arbiter(flag).handle_term()
    assert flag.is_set()


def test_with_one_it_stops_when_the_time_is_over(flag: SharedFlag) -> None:
    arbiter = an_arbiter(flag, drain_seconds=0.01)
    arbiter.handle_term()
    assert flag.is_set()
    assert signal.SIGALRM == arbiter.SIG_QUEUE.get(timeout=30)
    with pytest.raises(StopIteration):
        arbiter.handle_alrm()


@pytest.mark.parametrize("status", [0, 3])
def test_the_end_has_the_exit_code_that_gunicorn_gives(status: int, flag: SharedFlag) -> None:
    with pytest.raises(SystemExit) as end:
        an_arbiter(flag).halt("because", status)
    assert status == end.value.code
