"""Tracing across forks, in a process of its own, for pytest's must not be forked."""

import subprocess
import sys

import pytest

from chassis.testing.otlp_collector import OtlpCollector, collecting
from chassis.testing.process import python_environment

CHILDREN = 3
SECONDS = 60

FORKS = """
import os, signal, sys
from chassis.logs import get_logger
from chassis.settings import load_settings
from chassis.tracing.settings import TracingSettings
from chassis.tracing.switch import new_tracing

endpoint, used_before, children = sys.argv[1], sys.argv[2] == "used", int(sys.argv[3])
settings = load_settings(TracingSettings, {
    "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "600000"
})
tracing = new_tracing(settings, "forking", get_logger("tracing"))

def work(name):
    tracing.tracer().start_span(name).end()

if used_before:
    work("before")
    tracing._made._provider.force_flush()  # So that it has a connection, too.
of_parent = tracing.tracer() if used_before else None
tracing._lock.acquire()  # As if another thread were about to begin.
forked = []
for number in range(children):
    pid = os.fork()
    if not pid:
        signal.alarm(30)  # A child that hangs does not outlive the test for long.
        try:
            another = tracing.tracer() is not of_parent
            work(f"child {number}")
            tracing.close(20)
            os._exit(0 if another else 3)
        finally:
            os._exit(4)
    forked.append(pid)
tracing._lock.release()
statuses = {os.waitpid(pid, 0)[1] for pid in forked}
work("after")
tracing.close(20)
assert statuses == {0}, statuses
"""


@pytest.mark.parametrize("parent", ["used", "unused"])
def test_each_process_sends_its_own_spans_and_no_others(parent: str) -> None:
    """Children of a process that has traced, or not yet, while its lock is held."""
    collector = OtlpCollector()
    with collecting(collector) as address:
        done = subprocess.run(
            [sys.executable, "-c", FORKS, f"http://{address}", parent, str(CHILDREN)],
            env=python_environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    assert (0, "") == (done.returncode, done.stderr.decode())
    children = [f"child {number}" for number in range(CHILDREN)]
    before = ["before"] if parent == "used" else []
    assert sorted([*before, *children, "after"]) == sorted(each.name for each in collector.spans)
    # Processes can be told apart, and so can traces.
    of_parent = {
        each.resource["service.instance.id"]
        for each in collector.spans
        if each.name in ("before", "after")
    }
    instances = {each.resource["service.instance.id"] for each in collector.spans}
    assert 1 == len(of_parent)
    assert CHILDREN + 1 == len(instances)
    assert len(collector.spans) == len({each.trace_id for each in collector.spans})
