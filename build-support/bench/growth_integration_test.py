"""Growth from its command line to its plots, at small sizes."""

import json
from pathlib import Path

import pytest

from bench import h2load
from bench.growth import load_of
from bench.growth_plots import as_markdown
from bench.large_catalogue import books
from bench.main import main
from bench.plots import Line, Plot
from bench.testing.programs import need

SIZES = ["--callers=1,6", "--books=9,300", "--processes=1,2"]
FEW = ["--rounds=1", "--seconds=0.1"]


def test_each_curve_has_a_point_for_each_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need(h2load.PROGRAM, h2load.PACKAGE)
    assert 0 == main(["growth", *SIZES, *FEW, f"--folder={tmp_path}"])
    document = json.loads((tmp_path / "growth.json").read_text("utf-8"))
    found = {
        plot["title"]: [[x for x, _ in line["points"]] for line in plot["lines"]]
        for plot in document["plots"]
    }
    callers, processes, sizes = [1.0, 6.0], [1.0, 2.0], [9.0, 300.0]
    expected = {
        "calls against callers": [callers, callers],
        "99th percentile against callers": [callers, callers],
        "calls against processes": [processes],
        "99th percentile against processes": [processes],
        "calls against books": [sizes],
        "99th percentile against books": [sizes],
        "memory against books": [sizes],
        "start against books": [sizes],
        "page weight against books": [sizes, sizes],
    }
    assert expected == found
    values = [y for plot in document["plots"] for line in plot["lines"] for _, y in line["points"]]
    assert min(values) > 0
    assert "calls against callers: callers at once | 1 | 6 |" in capsys.readouterr().out


def test_callers_share_connections_evenly() -> None:
    for callers in (1, 2, 6, 7, 64, 256):
        load = load_of(callers)
        assert callers == load.connections * load.streams
        assert load.connections <= 4


def test_large_catalogues_have_the_nine_books_and_as_many_as_asked() -> None:
    made = list(books(50))
    assert 50 == len({book.id for book in made})
    assert list(range(1, 10)) == [book.id for book in made if book.featured]
    assert 9 == len(list(books(9)))


def test_points_are_printed_as_a_table() -> None:
    plot = Plot("calls", "", "callers", "a second", (Line("threads", ((1, 12.34), (1000, 2e6))),))
    assert [
        "| calls: callers | 1 | 1,000 |",
        "|---|---|---|",
        "| threads, a second | 12.3 | 2,000,000 |",
    ] == as_markdown(plot)
