"""How much a pool has to do."""

import threading

import pytest

from chassis.counting_pool import CountingPool

WAIT = 10.0


def test_tasks_count_from_their_submission_to_their_end() -> None:
    """Those that run, those that wait, and those that fail."""
    release = threading.Event()

    def fail() -> None:
        release.wait(WAIT)
        raise ValueError

    with CountingPool(1, "test") as pool:
        assert 0 == pool.unfinished
        futures = [pool.submit(release.wait, WAIT), pool.submit(fail), pool.submit(int)]
        assert 3 == pool.unfinished
        futures[2].cancel()
        assert 2 == pool.unfinished
        release.set()
    assert 0 == pool.unfinished


def test_a_task_that_is_not_taken_does_not_count() -> None:
    pool = CountingPool(1, "test")
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(int)
    assert 0 == pool.unfinished
