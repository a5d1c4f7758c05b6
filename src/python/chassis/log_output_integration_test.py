"""However a process ends, short of being killed outright, its last lines are written."""

import json
import signal
import subprocess
import sys

import pytest

from chassis.testing.process import python_environment

LINES = 500
PROGRAM = """
import os, signal, sys, threading
from chassis.lifecycle import leave
from chassis.logs import GRPC_CALLS, configure_logs, get_logger

configure_logs("INFO", "json")
log = get_logger(GRPC_CALLS)
for number in range(int(sys.argv[1])):
    log.info("call", number=number)


def hang():
    threading.Thread(target=threading.Event().wait).start()
    leave(3)


def exit_on_signal():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))
    os.kill(os.getpid(), signal.SIGTERM)


{"return": lambda: None, "exit": lambda: sys.exit(2), "raise": lambda: 1 / 0, "hang": hang,
 "signal": exit_on_signal}[sys.argv[2]]()
"""


@pytest.mark.parametrize(
    ("end", "code"), [("return", 0), ("exit", 2), ("raise", 1), ("hang", 3), ("signal", 4)]
)
def test_no_line_is_lost_at_the_end_of_a_process(end: str, code: int) -> None:
    command = [sys.executable, "-c", PROGRAM, str(LINES), end]
    done = subprocess.run(
        command, env=python_environment(), capture_output=True, timeout=60, check=False
    )
    assert code == done.returncode
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    assert list(range(LINES)) == [line["number"] for line in lines]


def test_the_time_of_a_line_is_when_it_was_logged() -> None:
    """Not when it was written: what may wait has a time no later than what is written at once."""
    program = """
from chassis.logs import GRPC_CALLS, configure_logs, get_logger
configure_logs("INFO", "json")
get_logger(GRPC_CALLS).info("first")
get_logger("other").info("second")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, env=python_environment(), capture_output=True, timeout=60, check=True
    )
    first, second = (json.loads(line) for line in done.stderr.splitlines())
    assert ("first", "second") == (first["event"], second["event"])
    assert first["timestamp"] <= second["timestamp"]


def test_a_line_that_waits_is_written_while_the_process_does_nothing() -> None:
    program = """
import sys
from chassis.logs import GRPC_CALLS, configure_logs, get_logger
configure_logs("INFO", "json")
get_logger(GRPC_CALLS).info("waiting")
sys.stdin.read()
"""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", program], env=python_environment(), stdin=pipe, stderr=pipe
    ) as process:
        assert process.stderr
        assert "waiting" == json.loads(process.stderr.readline())["event"]
        process.send_signal(signal.SIGKILL)
