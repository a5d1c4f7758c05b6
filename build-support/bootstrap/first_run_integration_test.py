"""The first run of the launcher: alone, among others, interrupted and killed."""

import json
import os
import signal
from pathlib import Path

import pytest

from bootstrap.testing import DEADLINE_SECONDS, Checkout, eventually

# What is there when each step of an installation has begun, in order.
STEPS = (
    "build-*/venv/bin/python*",
    "build-*/venv/bin/pants",
    "build-*/tools",
)


def test_first_runs_at_once_install_once(checkout: Checkout) -> None:
    processes = [checkout.start(str(number)) for number in range(3)]
    outputs = [process.communicate(timeout=DEADLINE_SECONDS) for process in processes]
    assert [0, 0, 0] == [process.returncode for process in processes], outputs
    numbers = [json.loads(output)["arguments"] for output, _ in outputs]
    assert [["0"], ["1"], ["2"]] == numbers
    assert 1 == sum("installing Pants 2.0.1" in errors for _, errors in outputs)
    assert 1 == len(checkout.builds())


def run_and_kill(checkout: Checkout, step: str, gate: Path) -> None:
    """Kill a run when it has begun a step. The gate keeps it from ever being complete."""
    dead = set(checkout.builds())
    process = checkout.start(FAKE_GATE=str(gate))
    eventually(lambda: bool(checkout.builds()) and dead.isdisjoint(checkout.builds()))
    eventually(lambda: any(checkout.cache.glob(step)))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE_SECONDS)


def test_killed_at_any_step_the_next_run_begins_afresh(checkout: Checkout, tmp_path: Path) -> None:
    """SIGKILL at each step in turn, which gives nobody a chance to tidy up."""
    os.mkfifo(tmp_path / "gate")
    for step in STEPS:
        run_and_kill(checkout, step, tmp_path / "gate")
        assert [] == checkout.installations()

    done = checkout.run()
    assert 0 == done.returncode, done.stderr
    assert 1 == len(checkout.builds()), "what the dead left is removed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_first_run_removes_what_it_made(
    checkout: Checkout, number: signal.Signals
) -> None:
    """Ctrl-C and a polite end leave no folder behind, not even until the next run."""
    process = checkout.start()
    eventually(lambda: any(checkout.cache.glob("build-*/venv/pyvenv.cfg")))
    os.killpg(process.pid, number)
    process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode != 0
    eventually(lambda: not checkout.builds())
    assert [] == checkout.installations()
