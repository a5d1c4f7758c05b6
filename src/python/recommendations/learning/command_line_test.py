from pathlib import Path

import numpy as np
import pytest

from recommendations.learning.command_line import run_command
from recommendations.learning.methods_test import two_tastes


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
    ],
)
def test_wrong_options_end_it_with_2(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        run_command(["--interactions", "x.csv", "--evaluate", *options])
    assert 2 == raised.value.code
    assert message in capsys.readouterr().err
