"""Nothing is left of a service that a test has started."""

import sys
from pathlib import Path

import pytest

from chassis.testing import process as module
from chassis.testing.process import ServiceProcess
from chassis.testing.waiting import wait_until

WAIT = 60.0
WITH_A_WORKER = """\
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
supervisor = os.getpid()
if os.fork():
    (folder / "port").write_text("1")
    (folder / "port").rename(os.environ["PORT_FILE"])
else:
    (folder / "new").write_text(str(os.getpid()))
    (folder / "new").rename(folder / "worker")
    while sys.argv[2] == "stays" or os.getppid() == supervisor:
        time.sleep(0.01)
    (folder / "ended").touch()
    os._exit(0)
time.sleep(600)
"""


def run(folder: Path, worker: str) -> None:
    with ServiceProcess([sys.executable, "-c", WITH_A_WORKER, str(folder), worker], {}) as process:
        assert 1 == process.port()
        wait_until((folder / "worker").exists, WAIT)


def test_workers_end_by_themselves_before_the_block_does(tmp_path: Path) -> None:
    run(tmp_path, "goes")
    assert (tmp_path / "ended").exists()


def test_a_worker_that_stays_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OTHERS_SECONDS", 0.1)
    run(tmp_path, "stays")
    worker = Path("/proc", (tmp_path / "worker").read_text())
    wait_until(lambda: not worker.exists(), WAIT)  # Whoever inherits it takes note.
