"""What ships for training, and that none of it ships with the server."""

import subprocess
from pathlib import Path

import pytest

from e2e.pex_file import PexFile
from e2e.service_process import RECOMMENDATIONS, Machine

TRAIN = "recommendations-train"
LEARNING = {"numpy", "scipy", "tqdm"}
SERVING = {"flask", "grpcio", "protobuf", "prometheus-client"}


@pytest.fixture()
def train(machine: Machine) -> PexFile:
    return PexFile(machine.pex(TRAIN))


def test_the_server_carries_nothing_that_only_learning_needs(machine: Machine) -> None:
    assert set() == LEARNING & set(PexFile(machine.pex(RECOMMENDATIONS)).distributions)


def test_training_carries_what_it_learns_with_and_nothing_that_serves(train: PexFile) -> None:
    assert set(train.distributions) >= LEARNING
    assert set() == SERVING & set(train.distributions)


def test_training_carries_no_tests(train: PexFile) -> None:
    assert [] == [file for file in train.own_files if file.endswith(("_test.py", "conftest.py"))]


def test_it_starts_on_a_bare_machine(machine: Machine, tmp_path: Path) -> None:
    marks = tmp_path / "marks.csv"
    pairs = [(reader, reader % 5 + offset) for reader in range(1, 50) for offset in range(1, 5)]
    marks.write_text("reader_id,book_id\n" + "".join(f"{one},{two}\n" for one, two in pairs))

    done = subprocess.run(
        [machine.pex(TRAIN), "--interactions", marks, "--evaluate", "--splits", "1"],
        env=machine.environ(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert "" == done.stderr
    assert 0 == done.returncode
    assert "most popular" in done.stdout
