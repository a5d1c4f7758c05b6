"""The cache among several processes, of which some die."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from bootstrap.cache import DAY_SECONDS, UNUSED_DAYS, InstallationCache
from bootstrap.errors import BootstrapError

HOLD = """
import fcntl, sys
with open(sys.argv[1], "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    input()
"""


@pytest.fixture()
def told() -> list[str]:
    """What the cache reports."""
    return []


@pytest.fixture()
def cache(tmp_path: Path, told: list[str]) -> InstallationCache:
    """A cache whose folder is not there yet."""
    return InstallationCache(tmp_path / "cache", told.append)


def fill(name: str) -> Callable[[Path], None]:
    """A build that writes one file."""
    return lambda target: (target / name).touch()


def start_holder(lock: Path) -> subprocess.Popen[str]:
    """Another process that has the lock when this returns, until it reads a line or dies."""
    lock.parent.mkdir()
    lock.write_text("4321\n")
    command = [sys.executable, "-c", HOLD, str(lock)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder


def test_a_wait_ends_with_the_name_of_the_holder(
    cache: InstallationCache, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock of its own: a busy machine may not look twice within any real time."""
    moments = iter([0.0, 9.0, 10.0])
    clock = SimpleNamespace(monotonic=lambda: next(moments), sleep=time.sleep)
    monkeypatch.setattr("bootstrap.cache.time", clock)
    holder = start_holder(tmp_path / "cache" / "lock")
    try:
        with (
            pytest.raises(BootstrapError, match="process 4321 is still installing"),
            cache.locked(10.0),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate(timeout=60)
    assert ["waiting for process 4321, which is installing"] == told


def test_the_death_of_the_holder_frees_the_lock(cache: InstallationCache, tmp_path: Path) -> None:
    holder = start_holder(tmp_path / "cache" / "lock")
    holder.kill()
    holder.communicate(timeout=60)
    with cache.locked(0.0):
        assert f"{os.getpid()}\n" == (tmp_path / "cache" / "lock").read_text()


def test_what_is_published_is_whole(cache: InstallationCache, tmp_path: Path) -> None:
    with cache.locked(0.0):
        cache.publish("key", fill("content"))
    assert {"content", "last-used"} == set(os.listdir(tmp_path / "cache" / "key"))


def test_a_failed_build_leaves_nothing(cache: InstallationCache, tmp_path: Path) -> None:
    def fail(target: Path) -> None:
        (target / "half").touch()
        raise OSError("disk full")

    with cache.locked(0.0), pytest.raises(OSError, match="disk full"):
        cache.publish("key", fail)
    assert ["lock"] == os.listdir(tmp_path / "cache")


def test_cleaning_keeps_what_is_in_use(cache: InstallationCache, tmp_path: Path) -> None:
    """Gone are the leavings of the dead, what is broken, and what nobody used for 30 days."""
    long_ago = time.time() - (UNUSED_DAYS + 1) * DAY_SECONDS
    folder = tmp_path / "cache"
    with cache.locked(0.0):
        for key in ("used", "unused", "broken"):
            cache.publish(key, fill("content"))
        os.utime(folder / "unused" / "last-used", (long_ago, long_ago))
        (folder / "build-dead").mkdir()
        (folder / "dangling").symlink_to("build-gone")
        kept = os.readlink(folder / "used")
        cache.clean(broken="broken")
    assert {"lock", "used", kept} == set(os.listdir(folder))
