"""The soak from its command line to its verdict, in seconds."""

import json
from pathlib import Path

import pytest

from bench import h2load, soak
from bench.comparison import Sample
from bench.main import main
from bench.quantities import P99, RESIDENT
from bench.testing.programs import need


def test_a_soak_is_paced_judged_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need(h2load.PROGRAM, h2load.PACKAGE)
    options = ["--minutes=0.05", "--slice-seconds=0.5", f"--folder={tmp_path}"]
    status = main(["soak", *options])
    out, err = capsys.readouterr()
    document = json.loads((tmp_path / "soak.json").read_text("utf-8"))
    assert 6 == len(document["samples"])
    assert ["memory", "99th percentile"] == [limit["name"] for limit in document["limits"]]
    assert [6, 6] == [len(plot["lines"][0]["points"]) for plot in document["plots"]]
    verdicts = {limit["verdict"] for limit in document["limits"]}
    assert (status == 0) == (verdicts == {"reached"})
    assert "no call failed" in out
    assert "calls a second at most" in err


def test_the_last_sixth_is_compared_with_the_first() -> None:
    samples: list[Sample] = [{P99: 1.0, RESIDENT: 100.0 + n} for n in range(12)]
    ends = soak.first_and_last(samples)
    assert [100.0, 101.0] == [sample[RESIDENT] for sample in ends.base]
    assert [110.0, 111.0] == [sample[RESIDENT] for sample in ends.other]
    assert pytest.approx(1.0995, abs=1e-3) == ends.ratio(RESIDENT).median
