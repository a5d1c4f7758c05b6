"""The PEX files on a machine that has Python 3.11 and nothing else."""

import dataclasses
import sys
import time
from pathlib import Path

import pytest

from e2e.service_process import MARKETPLACE, RECOMMENDATIONS, Machine, ServiceProcess

both = pytest.mark.parametrize("name", [RECOMMENDATIONS, MARKETPLACE])


@both
def test_it_runs_with_an_empty_environment_in_a_folder_that_cannot_be_written(
    machine: Machine, name: str, tmp_path: Path
) -> None:
    """PATH has `python3.11` alone, there are no settings, and no locale names an encoding."""
    folder, outside = tmp_path / "read-only", tmp_path / "outside"
    folder.mkdir(mode=0o555)
    outside.mkdir()
    environ = {"PATH": str(machine.programs), "HOME": str(outside)}
    with ServiceProcess(
        name, machine.pex(name), outside, ("--port", "0"), environ, working_folder=folder
    ) as service:
        service.wait_until_ready()
    assert [] == list(folder.iterdir())


@both
def test_the_time_from_start_to_readiness_is_printed(
    machine: Machine, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the first start on a machine, when the file unpacks itself, and at the second."""
    home = tmp_path / "home"
    home.mkdir()
    fresh = dataclasses.replace(machine, home=home)
    for start in ("first", "second"):
        folder = tmp_path / start
        folder.mkdir()
        began = time.monotonic()
        with fresh.start(name, folder) as service:
            service.wait_until_ready()
            seconds = time.monotonic() - began
        with capsys.disabled():
            sys.stdout.write(f"\n{name}.pex: ready {seconds:.2f} s after its {start} start\n")
