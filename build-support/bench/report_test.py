"""The page of what was measured: one file, well-formed, with all of it on it."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.main import main

SAMPLES = [{"per_second": 100.0}, {"per_second": 120.0}, {"per_second": 110.0}]
ROW = {
    "name": "row",
    "work": "`Recommend` <fast>",
    "against": "another",
    "quantity": "per_second",
    "goal": 1.5,
    "direction": "≥",
    "ratio": {"low": 1.6, "median": 1.7, "high": 1.9},
    "verdict": "reached",
    "base": {"name": "another", "samples": SAMPLES},
    "other": {"name": "ours", "samples": [{"per_second": 187.0}]},
}
PLOT = {
    "title": "Callers & calls",
    "note": "More is better.",
    "x": {"name": "callers", "log": True},
    "y": {"name": "calls a second", "log": False},
    "lines": [
        {"name": "threads", "points": [[1, 900.0], [16, 2500.0], [256, 2400.0]]},
        {"name": "asyncio", "points": [[1, 1000.0], [256, 3000.0]]},
    ],
}
MACHINE = {"processors": "2 of <some> kind"}


def report(folder: Path, **documents: object) -> ElementTree.Element:
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document), "utf-8")
    assert 0 == main(["report", f"--folder={folder}"])
    page = (folder / "report.html").read_text("utf-8")
    return ElementTree.fromstring(page)  # noqa: S314 - our own page.


def test_rows_and_plots_of_all_files_are_on_the_page(tmp_path: Path) -> None:
    html = report(
        tmp_path,
        table={"machine": MACHINE, "rows": [ROW]},
        growth={"machine": MACHINE, "plots": [PLOT, PLOT]},
    )
    words = "".join(html.itertext())
    for text in ("Recommend <fast>", "reached", "187", "110", "1.70", "2 of <some> kind"):
        assert text in words, text
    assert 2 == words.count("Callers & calls")
    lines = html.findall(".//polyline")
    assert 4 == len(lines)
    assert 3 == len(str(lines[0].get("points")).split())


def test_on_a_logarithmic_axis_equal_factors_are_equal_steps(tmp_path: Path) -> None:
    html = report(tmp_path, growth={"plots": [PLOT]})
    line = html.find(".//polyline")
    assert line is not None
    first, second, third = (float(p.split(",")[0]) for p in str(line.get("points")).split())
    assert pytest.approx(second - first, abs=0.2) == third - second


def test_the_goal_is_on_the_side_of_the_interval_where_it_is(tmp_path: Path) -> None:
    html = report(tmp_path, table={"rows": [ROW]})
    goal, low = html.find(".//line[@class='goal']"), html.find(".//line[@class='range']")
    assert goal is not None
    assert low is not None
    assert float(str(goal.get("x1"))) < float(str(low.get("x1"))) < float(str(low.get("x2")))


def test_flat_lines_and_single_points_can_be_drawn(tmp_path: Path) -> None:
    plot = {**PLOT, "lines": [{"name": "one", "points": [[1, 5.0]]}]}
    assert report(tmp_path, growth={"plots": [plot]}).find(".//polyline") is not None


def test_without_anything_measured_there_is_nothing_to_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == main(["report", f"--folder={tmp_path}"])
    assert "has nothing measured" in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())
