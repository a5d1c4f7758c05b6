"""Totals over real processes, spawned and forked, that end in every way."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary

from chassis.metrics.process_files import VARIABLE, ProcessFiles, process_files
from chassis.testing.continuously import continuously
from chassis.testing.process import python_environment
from chassis.testing.waiting import wait_until

WAIT = 60.0
PROGRAM = """
import sys
from prometheus_client import Counter, Gauge
Counter("calls", "Calls.").inc(int(sys.argv[1]))
Gauge("in_flight", "Calls now.", multiprocess_mode="livesum").set(2)
print("counted", flush=True)
sys.stdin.read()
"""


@pytest.fixture()
def files() -> Iterator[ProcessFiles]:
    with process_files() as made:
        yield made


@pytest.fixture()
def forking(files: ProcessFiles) -> Iterator[ProcessFiles]:
    """Files that this process and its forks keep their metrics in."""
    with files.kept_here():
        yield files


@contextmanager
def spawned(files: ProcessFiles, calls: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that was started anew, and has counted its calls."""
    environment = {**python_environment(), **files.environ()}
    command = [sys.executable, "-c", PROGRAM, str(calls)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        assert b"counted\n" == process.stdout.readline()
        yield process


def fork(work: Callable[[], object]) -> int:
    """Run something in a fork, wait for its end, and give the number that it had."""
    if not (pid := os.fork()):
        gc.disable()  # What is left of other tests is not for a fork to let go: gRPC's, say.
        try:
            work()
        finally:
            os._exit(0)
    assert (pid, 0) == os.waitpid(pid, 0)
    return pid


def total(files: ProcessFiles, name: str, **labels: str) -> float | None:
    return files.registry().get_sample_value(name, labels)


def folder_of(files: ProcessFiles) -> Path:
    return Path(files.environ()[VARIABLE])


def test_values_of_processes_that_live_are_added_up(files: ProcessFiles) -> None:
    with spawned(files, 3), spawned(files, 4):
        assert 7 == total(files, "calls_total")
        assert 4 == total(files, "in_flight")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_an_ended_process_counted_stays(files: ProcessFiles, number: signal.Signals) -> None:
    """Before and after its end is known; its gauges go, for nothing of it is in flight."""
    with spawned(files, 3), spawned(files, 4) as process:
        process.send_signal(number)
        process.wait(WAIT)
        assert 7 == total(files, "calls_total")
        files.process_ended(process.pid)
        assert 7 == total(files, "calls_total")
        assert 2 == total(files, "in_flight")


def test_hundreds_of_restarts_leave_one_file_of_each_kind(forking: ProcessFiles) -> None:
    registry = CollectorRegistry()
    calls = Counter("calls", "Calls.", ["method"], registry=registry)
    seconds = Histogram("seconds", "Seconds.", buckets=(1, 10), registry=registry)
    bytes_sent = Summary("bytes_sent", "Bytes.", registry=registry)
    in_flight = Gauge("in_flight", "Calls now.", multiprocess_mode="livesum", registry=registry)
    circuit = Gauge("circuit", "Of each process.", multiprocess_mode="all", registry=registry)

    def work() -> None:
        calls.labels("a").inc()
        calls.labels("b").inc(2)
        seconds.observe(0.5)
        seconds.observe(5)
        seconds.observe(50)
        bytes_sent.observe(8)
        in_flight.inc()
        circuit.set(1)

    for _ in range(200):
        forking.process_ended(fork(work))
    ended = sorted(path.name for path in folder_of(forking).glob("*_ended.db"))
    ours = {path.name for path in folder_of(forking).glob(f"*_{os.getpid()}.db")}
    assert ["counter_ended.db", "histogram_ended.db", "summary_ended.db"] == ended
    assert {*ended, *ours} == set(os.listdir(folder_of(forking)))
    assert 200 == total(forking, "calls_total", method="a")
    assert 400 == total(forking, "calls_total", method="b")
    assert 200 == total(forking, "seconds_bucket", le="1.0")
    assert 400 == total(forking, "seconds_bucket", le="10.0")
    assert 600 == total(forking, "seconds_bucket", le="+Inf")
    assert 600 == total(forking, "seconds_count")
    assert 200 * 55.5 == total(forking, "seconds_sum")
    assert (200, 1600) == (total(forking, "bytes_sent_count"), total(forking, "bytes_sent_sum"))
    assert 0 == total(forking, "in_flight")


def test_a_fork_does_not_count_again_what_its_parent_had(forking: ProcessFiles) -> None:
    calls = Counter("calls", "Calls.", registry=CollectorRegistry())
    calls.inc(5)
    pid = fork(calls.inc)
    assert 6 == total(forking, "calls_total")
    forking.process_ended(pid)
    assert 6 == total(forking, "calls_total")
    calls.inc()
    assert 7 == total(forking, "calls_total")


def test_a_fork_with_the_number_of_an_ended_one_begins_at_nothing(forking: ProcessFiles) -> None:
    """Numbers of processes come again, in containers soon."""
    calls = Counter("calls", "Calls.", registry=CollectorRegistry())
    pid = fork(calls.inc)
    forking.process_ended(pid)
    former = folder_of(forking) / f"counter_{fork(calls.inc)}.db"
    former.rename(folder_of(forking) / f"counter_{pid}.db")
    forking.process_ended(pid)
    assert 2 == total(forking, "calls_total")


def test_a_scrape_sees_each_count_once_while_processes_end(forking: ProcessFiles) -> None:
    calls = Counter("calls", "Calls.", registry=CollectorRegistry())
    seen: list[float | None] = []
    pids = [fork(calls.inc) for _ in range(50)]
    with continuously(lambda: seen.append(total(forking, "calls_total"))):
        wait_until(lambda: bool(seen))
        for pid in pids:
            forking.process_ended(pid)
    assert {50.0} == set(seen)


def test_a_process_killed_while_it_made_a_file_spoils_no_scrape(files: ProcessFiles) -> None:
    """The file is there and has no size; prometheus_client would fail from then on."""
    left = folder_of(files) / "counter_99999.db"
    left.touch()
    with spawned(files, 3):
        assert 3 == total(files, "calls_total")
    files.process_ended(99999)
    assert not left.exists()


@pytest.mark.parametrize("content", [b"\x01", b"\x40\0\0\0\0\0\0\0\xff\xff\0\0"])
def test_a_damaged_file_is_told_and_left(files: ProcessFiles, content: bytes) -> None:
    damaged = folder_of(files) / "counter_99999.db"
    damaged.write_bytes(content)
    with pytest.raises(ValueError, match=r"counter_99999\.db is damaged"):
        files.process_ended(99999)
    assert [damaged] == list(folder_of(files).iterdir())


def test_the_parent_adds_metrics_of_its_own(files: ProcessFiles) -> None:
    registry = files.registry()
    Counter("restarts", "Restarts.", registry=registry).inc()
    with spawned(files, 3):
        assert 1 == registry.get_sample_value("restarts_total")
        assert 3 == registry.get_sample_value("calls_total")


def test_metrics_are_kept_in_files_as_long_as_asked(files: ProcessFiles) -> None:
    with files.kept_here():
        Counter("within", "Within.", registry=CollectorRegistry()).inc()
        assert str(folder_of(files)) in Path("/proc/self/maps").read_text()
    assert str(folder_of(files)) not in Path("/proc/self/maps").read_text()
    assert VARIABLE not in os.environ
    after = CollectorRegistry()
    Counter("after", "After.", registry=after).inc()
    assert 1 == total(files, "within_total")
    assert None is total(files, "after_total")
    assert 1 == after.get_sample_value("after_total")


def test_an_environment_that_was_set_comes_back(
    files: ProcessFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "/elsewhere")
    with files.kept_here():
        assert files.environ()[VARIABLE] == os.environ[VARIABLE]
    assert "/elsewhere" == os.environ[VARIABLE]
