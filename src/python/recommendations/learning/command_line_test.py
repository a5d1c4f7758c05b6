from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert

from recommendations.learning.command_line import run_command as run_command_at
from recommendations.learning.methods_test import two_tastes
from recommendations.storage.database import Database
from recommendations.storage.similarities import SqlSimilarityStore
from recommendations.storage.tables import InteractionRow

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def run_command(argv: list[str], **environ: str) -> int:
    return run_command_at(argv, {"DATABASE_TIMEOUT_SECONDS": "60", **environ}, lambda: NOW)


@pytest.fixture()
def marks(tmp_path: Path) -> str:
    """A file with marks of readers who have tastes."""
    path = tmp_path / "marks.csv"
    pairs = np.argwhere(two_tastes()) + 1
    path.write_text(
        "reader_id,book_id\n" + "".join(f"{reader},{book}\n" for reader, book in pairs.tolist())
    )
    return str(path)


def test_it_shows_each_method_beside_the_baselines(
    marks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    methods = ["--method", "cosine", "--method", "ease"]
    code = run_command(["--interactions", marks, "--evaluate", "--splits", "2", *methods])
    output = capsys.readouterr()
    assert 0 == code
    assert "" == output.err
    rows = [line.split("  ")[0].strip() for line in output.out.splitlines()[2:]]
    assert ["random", "most popular", "cosine", "ease"] == rows
    assert "means over 2 splits" in output.out


def test_a_seed_decides_the_figures(marks: str, capsys: pytest.CaptureFixture[str]) -> None:
    def figures(seed: str) -> str:
        run_command(["--interactions", marks, "--evaluate", "--splits", "1", "--seed", seed])
        return capsys.readouterr().out

    assert figures("1") == figures("1")
    assert figures("1") != figures("2")


def test_wrong_data_end_it_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none.csv"
    assert 2 == run_command(["--interactions", str(path), "--evaluate"])
    assert f"recommendations-train: {path} cannot be read:" in capsys.readouterr().err


def test_readers_of_whom_nothing_can_be_held_back_end_it_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "few.csv"
    path.write_text("reader_id,book_id\n1,1\n1,2\n")
    assert 1 == run_command(["--interactions", str(path), "--evaluate"])
    assert "no reader has 3 marks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seed", "-1"], "'-1' is not a whole number from 0 to 4294967295"),
        (["--splits", "0"], "0 is too few"),
        (["--method", "magic"], "invalid choice: 'magic'"),
        (["--method", "ease", "--set", "ridge"], "'ridge' is not like ridge=100"),
        (["--set", "ridge=1"], "--set needs one --method"),
    ],
)
def test_wrong_options_end_it_with_2(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        run_command(["--interactions", "x.csv", "--evaluate", *options])
    assert 2 == raised.value.code
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--interactions", "x.csv"], "--interactions needs --evaluate"),
        (["--method", "ease", "--method", "cosine"], "a model is learned by one --method"),
    ],
)
def test_options_that_do_not_fit_together_end_it_with_2(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        run_command(options)
    assert 2 == raised.value.code
    assert message in capsys.readouterr().err


def test_a_parameter_can_be_tried(marks: str, capsys: pytest.CaptureFixture[str]) -> None:
    def figures(*options: str) -> str:
        base = ["--interactions", marks, "--evaluate", "--splits", "1", "--method", "ease"]
        assert 0 == run_command([*base, *options])
        return capsys.readouterr().out

    assert figures() == figures("--set", "ridge=40")
    assert figures() != figures("--set", "ridge=4000", "--set", "rarity=1")


def test_a_parameter_that_the_method_lacks_ends_it_with_2(
    marks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--evaluate", "--method", "cosine", "--set", "ridge=4"]
    assert 2 == run_command(["--interactions", marks, *options])
    assert "cosine has no ridge" in capsys.readouterr().err


# ---- With a database -------------------------------------------------------------------------


@pytest.fixture()
def url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@pytest.fixture()
def _interactions(database: Database) -> None:
    """What readers with tastes did."""
    rows = [
        {
            "reader_id": reader,
            "book_id": book,
            "kind": "viewed",
            "at": NOW,
            "idempotency_key": str(book),
        }
        for reader, book in (np.argwhere(two_tastes(readers=60)) + 1).tolist()
    ]
    with database.writing() as connection:
        connection.execute(insert(InteractionRow), rows)


@pytest.mark.usefixtures("_interactions")
def test_a_model_is_left_in_the_database(
    url: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run_command(["--seed", "5", "--method", "cosine"], DATABASE_URL=url)

    model = SqlSimilarityStore(database).read_latest()
    assert model is not None
    assert ("cosine", 5, NOW, 60) == (
        model.info.method,
        model.info.seed,
        model.info.trained_at,
        model.info.readers,
    )
    assert model.similar_to(3)
    assert all(1 <= book <= 40 for book in model.similar_to(3))
    assert capsys.readouterr().out.startswith("model 1: cosine, from ")


@pytest.mark.usefixtures("_interactions")
def test_the_same_data_and_seed_give_the_same_model(url: str, database: Database) -> None:
    store = SqlSimilarityStore(database)
    models = []
    for _ in range(2):
        assert 0 == run_command(["--seed", "5"], DATABASE_URL=url)
        models.append(store.read_latest())
    one, other = models
    assert one
    assert other
    assert list(one.rows()) == list(other.rows())


@pytest.mark.usefixtures("_interactions")
def test_to_evaluate_writes_nothing(
    url: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run_command(["--evaluate", "--splits", "1"], DATABASE_URL=url)
    assert "local-ease" in capsys.readouterr().out
    assert SqlSimilarityStore(database).read_latest() is None


@pytest.mark.parametrize("options", [[], ["--evaluate"]])
def test_where_nobody_did_anything_there_is_no_model(
    options: list[str], url: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == run_command(options, DATABASE_URL=url)
    assert capsys.readouterr().err.startswith("recommendations-train: no reader ")
    assert SqlSimilarityStore(database).read_latest() is None


def test_a_database_without_tables_ends_it_with_1(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Database(empty_url, 60, create=True)) as database, database.writing():
        pass
    assert 1 == run_command([], DATABASE_URL=empty_url)
    assert "no tables yet" in capsys.readouterr().err


def test_a_database_that_is_away_ends_it_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == run_command([], DATABASE_URL=f"sqlite:///{tmp_path}/none.db")
    assert capsys.readouterr().err.startswith("recommendations-train: ")


def test_by_default_it_takes_the_database_of_the_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == run_command([], XDG_STATE_HOME=str(tmp_path))
    assert "no tables yet" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["none", "mysql://host/books"])
def test_settings_that_name_no_database_end_it_with_2(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run_command([], DATABASE_URL=url)
    assert "DATABASE_URL" in capsys.readouterr().err
