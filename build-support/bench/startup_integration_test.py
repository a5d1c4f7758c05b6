"""Start and memory, from programs to figures, with few rounds."""

import json
from pathlib import Path

import pytest

from bench import h2load, startup
from bench.baselines import bare_grpc
from bench.contender import Contender, ContenderError
from bench.main import main
from bench.quantities import CPU, READY
from bench.recommend import ours
from bench.row import Plan
from bench.testing.programs import need

SHORT = Plan(rounds=1, seconds=0.0)


def test_starts_are_timed_in_turns() -> None:
    """The same contest as with PEX files, with what those run."""
    bare = Contender.of_module("bare", bare_grpc.__name__, "00")
    result = startup.contest(bare, ours()).run(SHORT)
    (base,), (other,) = result.base, result.other
    assert base[READY] > 0
    assert other[READY] > 0
    # Both load grpcio, and one of them as much again: that shows in processor time on any machine.
    assert base[CPU] < other[CPU]


def test_without_the_pex_it_says_how_to_make_it() -> None:
    missing = Contender.of_pex("ours", Path("nowhere/ours.pex"))
    with pytest.raises(ContenderError, match=r"nowhere/ours\.pex is not there.*\./pants package"):
        startup.contest(missing, missing).run(SHORT)


def test_memory_is_compared_under_the_same_calls(tmp_path: Path) -> None:
    need(h2load.PROGRAM, h2load.PACKAGE)
    options = ["--rows=memory", "--rounds=1", "--seconds=0.1", f"--folder={tmp_path}"]
    assert main(["table", *options]) in (0, 1)
    (row,) = json.loads((tmp_path / "table.json").read_text("utf-8"))["rows"]
    base, other = (row[side]["samples"][0]["peak_bytes"] for side in ("base", "other"))
    assert 20e6 < base < other
