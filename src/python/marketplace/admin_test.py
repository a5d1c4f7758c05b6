"""What the master keeps of workers that ended; `admin_integration_test.py` runs it for real."""

from pathlib import Path
from typing import Any

import pytest

from chassis.metrics.process_files import VARIABLE, process_files
from chassis.testing.recording_log import RecordingLog
from marketplace.admin import WorkerEnds


class EndedWorker:
    """All that is asked of one."""

    pid = "99999"


@pytest.fixture()
def worker() -> Any:
    return EndedWorker()


def test_workers_that_end_are_counted_without_metrics_too(worker: Any) -> None:
    log = RecordingLog()
    ends = WorkerEnds(None, log.logger)
    ends(worker, worker)
    ends(worker, worker)
    assert 2 == ends.count
    assert [] == log.lines


def test_metrics_that_cannot_be_read_are_told_and_do_not_end_the_master(worker: Any) -> None:
    log = RecordingLog()
    with process_files() as files:
        damaged = Path(files.environ()[VARIABLE]) / "counter_99999.db"
        damaged.write_bytes(b"\x01")
        ends = WorkerEnds(files, log.logger)
        ends(worker, worker)
        assert damaged.exists()
    (line,) = log.lines
    assert ("error", "metrics of an ended worker stay apart", 99999) == (
        line["level"],
        line["event"],
        line["worker"],
    )
    assert 1 == ends.count
