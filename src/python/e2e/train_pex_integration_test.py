"""What ships for training, and that none of it ships with the server."""

import subprocess
from pathlib import Path
from typing import Any

import grpc
import pytest

from devstack.testing.waiting import wait_until
from e2e.pex_file import PexFile
from e2e.service_process import RECOMMENDATIONS, Machine
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub

TRAIN = "recommendations-train"
LEARNING = {"numpy", "scipy"}
STORAGE = {"psycopg", "psycopg-binary", "sqlalchemy"}
SERVING = {"flask", "grpcio", "protobuf", "prometheus-client"}


@pytest.fixture()
def train(machine: Machine) -> PexFile:
    return PexFile(machine.pex(TRAIN))


def test_the_server_carries_nothing_that_only_learning_needs(machine: Machine) -> None:
    assert set() == LEARNING & set(PexFile(machine.pex(RECOMMENDATIONS)).distributions)


def test_training_carries_what_it_learns_with_and_nothing_that_serves(train: PexFile) -> None:
    assert set(train.distributions) >= LEARNING | STORAGE
    assert set() == SERVING & set(train.distributions)


def test_training_carries_no_tests(train: PexFile) -> None:
    assert [] == [file for file in train.own_files if file.endswith(("_test.py", "conftest.py"))]


def test_it_starts_on_a_bare_machine(machine: Machine, tmp_path: Path) -> None:
    marks = tmp_path / "marks.csv"
    pairs = [(reader, reader % 5 + offset) for reader in range(1, 50) for offset in range(1, 5)]
    marks.write_text("reader_id,book_id\n" + "".join(f"{one},{two}\n" for one, two in pairs))

    output = run(machine, "--interactions", str(marks), "--evaluate", "--splits", "1")

    assert "most popular" in output


def test_what_readers_do_is_learned_and_served(machine: Machine, tmp_path: Path) -> None:
    """Thirty readers look at the same four books; whoever looks at one is shown the others."""
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    folder = tmp_path / "service"
    folder.mkdir()
    with machine.start(RECOMMENDATIONS, folder, environ=state) as service:
        address = service.wait_until_ready().address()
        with grpc.insecure_channel(address) as channel:
            stub = RecommendationsServiceStub(channel)
            one, *others = (each.book.id for each in recommended(stub, 1, 4))
            for reader in range(1, 31):
                for book_id in (one, *others):
                    view(stub, reader, book_id)
            assert run(machine, **state).startswith(
                "model 1: local-ease, from 120 marks of 4 books"
            )
            view(stub, 31, one)

            def alike() -> list[Any]:
                first = recommended(stub, 31, 3)
                return [each for each in first if each.reason.kind == pb.REASON_KIND_SIMILAR]

            similar = wait_until("books that are alike", alike, seconds=60.0)
            assert set(others) == {each.book.id for each in similar}
            assert {one} == {each.reason.book.id for each in similar}


def recommended(stub: RecommendationsServiceStub, reader: int, wanted: int) -> list[Any]:
    """Ask for mysteries."""
    request = pb.RecommendRequest(
        user_id=reader, category=pb.BOOK_CATEGORY_MYSTERY, max_results=wanted
    )
    return list(stub.Recommend(request, timeout=30).recommendations)


def view(stub: RecommendationsServiceStub, reader: int, book_id: int) -> None:
    """Say that a reader looked at a book."""
    stub.RecordInteraction(
        pb.RecordInteractionRequest(
            user_id=reader,
            book_id=book_id,
            kind=pb.INTERACTION_KIND_VIEWED,
            idempotency_key=f"view-{book_id}",
        ),
        timeout=30,
    )


def run(machine: Machine, *options: str, **environ: str) -> str:
    """Run training and give what it says."""
    done = subprocess.run(
        [machine.pex(TRAIN), *options],
        env={**machine.environ(), **environ},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "" == done.stderr
    assert 0 == done.returncode
    return done.stdout
