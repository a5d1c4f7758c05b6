"""Programs under measurement: how they start, what they take, how they end."""

import math
import re
import sys
import time
from pathlib import Path

import pytest

from bench.contender import Contender, ContenderError, Running
from bench.processes import Usage

TELLS_PORT = """
import os, pathlib
unfinished = pathlib.Path(os.environ["PORT_FILE"] + ".new")
unfinished.write_text("4321")
unfinished.rename(os.environ["PORT_FILE"])
"""
SERVES = f"""
import signal, subprocess, sys
memory = "x = bytearray(60_000_000)\\nimport time; time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", memory])
sum(range(10_000_000))
{TELLS_PORT}
signal.sigwait([signal.SIGTERM])
child.kill()
"""


def program(code: str, port_line: re.Pattern[str] | None = None) -> Contender:
    return Contender("it", (sys.executable, "-c", code), {}, port_line)


def use_for(seconds: float, running: Running, until_peak: float = math.inf) -> Usage:
    """Look at what it takes until the last process had so much memory."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if max((used := running.usage()).peak_bytes, default=0) > until_peak:
            return used
    pytest.fail(f"after {seconds} s: {used}")


def test_the_port_is_what_the_program_writes() -> None:
    with Running(program(SERVES)) as running:
        assert "127.0.0.1:4321" == running.address
        assert 0 < running.ready_seconds < 60


def test_the_port_can_be_a_line_of_the_log() -> None:
    """`flask run` knows no port file."""
    code = "print('Running on port 4321', flush=True)\nimport time; time.sleep(600)"
    with Running(program(code, re.compile(r"port (\d+)\n"))) as running:
        assert 4321 == running.port


def test_usage_is_that_of_children_too() -> None:
    with Running(program(SERVES)) as running:
        used = use_for(30, running, until_peak=60_000_000)
        assert 0.1 < used.cpu_seconds < 60
        assert 2 == len(used.peak_bytes)
        assert used.peak_bytes[0] < 60_000_000 < used.own_bytes


def test_settings_of_whoever_measures_are_not_the_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEB_WORKERS", "1")
    running = Running(program("import os, sys; sys.exit(f'of it: {os.getenv(\"WEB_WORKERS\")}')"))
    with pytest.raises(ContenderError, match="of it: None"):
        running.__enter__()


def test_a_program_that_never_tells_its_port_is_ended() -> None:
    code = "print('waiting', flush=True)\nimport time; time.sleep(600)"
    running = Running(program(code), start_seconds=5)
    with pytest.raises(ContenderError, match="it does not start: .*waiting"):
        running.__enter__()


def test_a_program_that_has_ended_is_no_result(tmp_path: Path) -> None:
    may_end = tmp_path / "may-end"
    code = f"""
import time
{TELLS_PORT}
while not pathlib.Path({str(may_end)!r}).exists():
    time.sleep(0.01)
"""
    with Running(program(code)) as running:
        may_end.touch()
        with pytest.raises(ContenderError, match="it has ended"):
            use_for(30, running)
