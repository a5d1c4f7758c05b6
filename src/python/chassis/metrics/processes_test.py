"""What is told of processes side by side."""

import os
import subprocess
import sys

from prometheus_client import CollectorRegistry

from chassis.metrics.processes import ProcessMetrics

CPU = "process_cpu_seconds_total"


def test_each_process_has_its_own_values() -> None:
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    registry = CollectorRegistry()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as worker:
        assert worker.stdout
        assert worker.stdout.readline()  # Before it runs, it has next to nothing.
        registry.register(ProcessMetrics(lambda: {1: worker.pid}))
        own, other = (
            registry.get_sample_value("process_resident_memory_bytes", {"worker": number})
            for number in ("0", "1")
        )
    # This one has all in it that tests need.
    assert 0 < (other or 0) < (own or 0)


def test_what_is_told_of_this_process_is_under_nought() -> None:
    registry = CollectorRegistry()
    registry.register(ProcessMetrics(dict))
    before = os.times()
    told = registry.get_sample_value(CPU, {"worker": "0"})
    after = os.times()
    assert told
    tick = 1 / os.sysconf("SC_CLK_TCK")
    assert before.user + before.system - tick <= told <= after.user + after.system + tick


def test_a_process_that_has_just_ended_is_passed_over() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    registry = CollectorRegistry()
    registry.register(ProcessMetrics(lambda: {1: ended.pid}))
    numbers = {sample.labels["worker"] for each in registry.collect() for sample in each.samples}
    assert {"0"} == numbers
