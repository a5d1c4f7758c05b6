"""The measurement of the service over the wire, at a small size."""

import json
from pathlib import Path

import pytest

from recommendations.scale import database, serving
from recommendations.scale.serving import MISSED, QUERIES, main
from recommendations.storage.tables import SCHEMA_VERSION

SMALL = ["--books", "400", "--interactions", "4000", "--rounds", "2", "--calls", "4"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_it_tells_what_was_measured_beside_the_goals(
    kind: str,
    cache: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "MEGABYTES", 1.0)
    options = [*SMALL, "--kind", kind, "--cache", str(cache), "--json", str(tmp_path / "out")]

    assert MISSED == main(options)

    output = capfd.readouterr().out
    assert f"400 books, 4,000 interactions, {kind}; load " in output
    figures = {each["name"]: each for each in json.loads((tmp_path / "out").read_text())["figures"]}
    assert "at most 1" == figures["peak memory"]["goal"]
    assert figures["peak memory"]["missed"]
    assert figures["peak memory"]["value"] > 10
    for name in ("ready after", "Recommend, known reader, all books, p50"):
        assert figures[name]["value"] > 0
    assert len(QUERIES) == sum(name.startswith("search, ") for name in figures)
    assert (kind == "asyncio") is ("event loop blocked over 0.25 s" in figures)


def test_a_database_is_made_once(tmp_path: Path) -> None:
    made, again = (database.many_books(tmp_path, 60, 300, 1) for _ in range(2))
    assert {"books.csv": 60, "interactions.csv": 300} == {
        name: rows for name, (rows, _) in made.imports.items()
    }
    assert (made.url, {}) == (again.url, again.imports)
    assert [made.url.removeprefix("sqlite:///")] == [str(each) for each in tmp_path.iterdir()]


def test_what_cannot_be_measured_is_1(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cache = tmp_path / "file"
    cache.touch()
    assert 1 == main([*SMALL, "--cache", str(cache)])
    assert "serving: " in capfd.readouterr().err


def test_a_database_that_cannot_be_served_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"shop-{SCHEMA_VERSION}-60-300-1.db").touch()
    assert 1 == main(["--books", "60", "--interactions", "300", "--cache", str(tmp_path)])
    assert "the service is not ready" in capfd.readouterr().err
