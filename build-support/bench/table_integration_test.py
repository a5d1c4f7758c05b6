"""The table from its command line to its verdict, with few calls."""

import json
from pathlib import Path

import pytest

from bench import h2load, interceptors, wrk
from bench.contender import ContenderError, Running
from bench.main import main
from bench.testing.programs import need

FEW = ["--rounds=1", "--seconds=0.1"]


@pytest.fixture(autouse=True)
def _programs() -> None:
    need(h2load.PROGRAM, h2load.PACKAGE)
    need(wrk.PROGRAM, wrk.PACKAGE)


@pytest.mark.parametrize(
    ("rows", "count"),
    [("recommend-", 5), ("page", 6), ("interceptors-", 2)],
)
def test_rows_are_measured_judged_and_kept(
    rows: str, count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every contender starts, answers as it should and is measured."""
    status = main(["table", f"--rows={rows}", f"--folder={tmp_path}", *FEW])
    out, err = capsys.readouterr()
    document = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert count == len(document["rows"])
    assert count == sum(row["name"].startswith(rows) for row in document["rows"])
    assert count == out.count("| reached |") + out.count("| missed |")
    assert ("| missed |" in out) == (status == 1)
    for row in document["rows"]:
        sides = [row["base"]["samples"], row["other"]["samples"]]
        assert [1, 1] == [len(samples) for samples in sides]
        base, other = (samples[0][row["quantity"]] for samples in sides)
        assert pytest.approx(other / base) == row["ratio"]["median"]
    assert "others took" in err


def test_a_name_that_no_row_has_is_a_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["table", "--rows=nothing"])
    assert 2 == end.value.code
    assert "no row has a name like nothing" in capsys.readouterr().err


def test_without_a_load_generator_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each contest says what it lacks, and which rows that cost."""
    monkeypatch.setenv("PATH", "")
    assert 1 == main(["table", "--rows=page,recommend-p", f"--folder={tmp_path}", *FEW])
    err = capsys.readouterr().err
    assert "bench: needs wrk" in err
    assert "bench: needs h2load" in err
    assert "not measured, see above: recommend-processes, page-uncached, page-uncached-p99" in err


def test_a_server_that_does_not_start_says_why() -> None:
    running = Running(interceptors.contender("neither", "threads"))
    with pytest.raises(ContenderError, match="usage:"):
        running.__enter__()
