"""Locks are compiled by uv itself, from requirements that need no network."""

from dataclasses import replace
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from locks.lock import LOCKS, Lock, compile_locks, main

EMPTY = Lock("one")
BROKEN = Lock("two")


@pytest.fixture()
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the input of a good lock and of one that cannot be compiled."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.in").write_text("# nothing yet\n")
    (tmp_path / "two.in").write_text("no such thing as this ==\n")
    return tmp_path


def test_a_new_lock_is_a_change_and_the_same_lock_again_is_none(root: Path) -> None:
    assert [EMPTY] == compile_locks(root, [EMPTY], upgrade=[])
    assert (root / "one.lock").exists()
    assert [] == compile_locks(root, [EMPTY], upgrade=[])


def test_what_cannot_be_compiled_stops_there_and_keeps_the_locks_before_it(root: Path) -> None:
    with pytest.raises(CalledProcessError):
        compile_locks(root, [EMPTY, BROKEN], upgrade=[])
    assert (root / "one.lock").exists()
    assert not (root / "two.lock").exists()


def test_pins_move_only_where_they_are_told_to() -> None:
    assert "--upgrade-package=grpcio" in EMPTY.arguments(["grpcio"])
    assert "--upgrade" in EMPTY.arguments(["*"])
    assert not [each for each in EMPTY.arguments([]) if each.startswith("--upgrade")]


def test_a_follower_is_held_to_the_pins_of_the_lock_that_it_follows() -> None:
    assert "--constraints=one.lock" in replace(BROKEN, follows="one").arguments([])
    order = [lock.stem for lock in LOCKS]
    for lock in LOCKS:
        if lock.follows:
            assert order.index(lock.follows) < order.index(lock.stem)


def test_a_lock_that_nobody_knows_is_refused_with_the_names_that_there_are(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_code:
        main(["python-default", "pyhton"])
    assert 2 == exit_code.value.code
    assert "no such lock: pyhton" in capsys.readouterr().err
    assert ["one.in", "two.in"] == sorted(each.name for each in root.iterdir())


def test_a_failure_gives_exit_code_1_and_says_what_failed(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = root / "3rdparty/python"
    folder.mkdir(parents=True)
    (folder / "ruff.in").write_text("no such thing as this ==\n")
    assert 1 == main(["ruff"])
    assert "3rdparty/python/ruff.in" in capfd.readouterr().err


def test_what_changed_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = root / "3rdparty/python"
    folder.mkdir(parents=True)
    (folder / "ruff.in").touch()
    assert 0 == main(["ruff"])
    assert (
        "changed 3rdparty/python/ruff.lock\n1 locks compiled, 1 changed\n"
        == capsys.readouterr().out
    )
