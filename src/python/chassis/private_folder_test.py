"""Folders that go, even those of processes that were killed."""

import os
import signal
import stat
import time
from pathlib import Path

import pytest

from chassis import private_folder as module
from chassis.private_folder import private_folder
from chassis.testing.waiting import wait_until

HOUR = 3600.0


@pytest.fixture()
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders are made."""
    monkeypatch.setattr(module, "MEMORY_FOLDER", tmp_path)
    return tmp_path


def make_old(path: Path) -> None:
    os.utime(path, (time.time() - HOUR,) * 2)


def test_it_is_private_and_goes_at_the_end() -> None:
    """But not when a process ends that was forked from its maker."""
    child = None
    with private_folder("metrics") as folder:
        (folder / "file").touch()
        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
        child = os.fork()
        if child:
            assert (child, 0) == os.waitpid(child, 0)
            assert folder.is_dir()
    if not child:
        os._exit(0)
    assert not folder.exists()


def test_it_is_in_memory_where_there_is_such_a_place(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with private_folder("metrics") as folder:
        assert base == folder.parent
    monkeypatch.setattr(module, "MEMORY_FOLDER", tmp_path / "missing")
    with private_folder("metrics") as folder:
        assert tmp_path not in folder.parents


def test_one_whose_maker_was_killed_goes_when_the_next_is_made(base: Path) -> None:
    """Not while a child of the killed one still lives and counts."""
    told, tell = os.pipe()
    held, release = os.pipe()
    if not (maker := os.fork()):
        with private_folder("metrics") as folder:
            if not os.fork():
                os.close(release)
                os.read(held, 1)
                os._exit(0)
            os.write(tell, folder.name.encode())
            signal.pause()
    os.close(tell)
    left = base / os.read(told, 100).decode()
    os.kill(maker, signal.SIGKILL)
    os.waitpid(maker, 0)
    make_old(left)
    with private_folder("metrics"):
        assert left.is_dir()
    os.close(release)
    os.close(held)
    os.close(told)

    def is_removed() -> bool:
        with private_folder("metrics") as folder:
            return [folder] == list(base.iterdir())

    wait_until(is_removed)


@pytest.mark.parametrize("prefix", ["chassis-metrics-", "other-"])
def test_nothing_goes_that_is_new_or_another_programs(base: Path, prefix: str) -> None:
    """A new one may not be locked yet."""
    folder = base / f"{prefix}abc"
    folder.mkdir()
    if prefix == "other-":
        make_old(folder)
    with private_folder("metrics"):
        assert folder.is_dir()


def test_what_only_has_the_name_stays(base: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    make_old(elsewhere)
    link = base / "chassis-metrics-link"
    link.symlink_to(elsewhere)
    file = base / "chassis-metrics-file"
    file.touch()
    make_old(file)
    with private_folder("metrics"):
        assert link.is_symlink()
        assert elsewhere.is_dir()
        assert file.is_file()
