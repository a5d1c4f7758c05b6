"""How much a pool has to do, and that nobody outside can keep it from doing it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chassis.call_pool import CallPool
from chassis.testing.waiting import wait_until

WAIT = 60.0


@contextmanager
def pool_of(threads: int, max_threads: int = 100) -> Iterator[CallPool]:
    with CallPool(threads, max_threads, "test", patience_seconds=0.01) as pool:
        yield pool


def test_tasks_count_from_their_submission_to_their_end() -> None:
    """Those that run, those that wait, and those that fail."""
    release = threading.Event()

    def fail() -> None:
        pool.handling.append(None)
        release.wait(WAIT)
        raise ValueError("failed")

    with pool_of(1) as pool:
        assert 0 == pool.unfinished
        futures = [pool.submit(fail)]
        wait_until(lambda: len(pool.handling) == 1, WAIT)
        futures += [pool.submit(release.wait, WAIT), pool.submit(int)]
        assert 3 == pool.unfinished
        futures[2].cancel()
        assert 2 == pool.unfinished
        release.set()
        with pytest.raises(ValueError, match="failed"):
            futures[0].result(WAIT)
    assert 0 == pool.unfinished


def test_a_task_that_is_not_taken_does_not_count() -> None:
    with pool_of(1) as pool:
        pass
    with pytest.raises(RuntimeError):
        pool.submit(int)
    assert 0 == pool.unfinished


def test_results_come_back() -> None:
    with pool_of(2) as pool:
        assert list(range(50)) == [pool.submit(int, n).result(WAIT) for n in range(50)]


def test_tasks_in_line_are_run_before_a_pool_ends() -> None:
    done: list[int] = []
    with pool_of(2) as pool:
        for number in range(100):
            pool.submit(done.append, number)
    assert list(range(100)) == sorted(done)


def test_tasks_that_wait_for_somebody_outside_hold_up_no_others() -> None:
    """However many, up to the bound."""
    release = threading.Event()
    with pool_of(2, max_threads=20) as pool:
        waiting = [pool.submit(release.wait, WAIT) for _ in range(18)]
        assert 7 == pool.submit(int, 7).result(WAIT)
        assert not any(future.done() for future in waiting)
        release.set()


def test_tasks_that_are_handled_wait_for_their_turn() -> None:
    """No more are handled at once than there are threads, however long the line is."""
    release = threading.Event()
    began: list[None] = []

    def handle() -> None:
        pool.handling.append(None)
        began.append(None)
        release.wait(WAIT)
        pool.handling.pop()

    with pool_of(2) as pool:
        for _ in range(2):
            pool.submit(handle)
        # Until they say that they handle something, they might wait for somebody outside.
        wait_until(lambda: len(began) == 2, WAIT)
        for _ in range(8):
            pool.submit(handle)
        # Nobody else has a turn, though the lookout had many to add threads.
        assert not threading.Event().wait(0.2)
        assert 2 == len(began)
        release.set()
    assert 10 == len(began)


def test_there_are_never_more_threads_than_allowed() -> None:
    release = threading.Event()
    began: list[None] = []

    def wait() -> None:
        began.append(None)
        release.wait(WAIT)

    with pool_of(2, max_threads=5) as pool:
        for _ in range(20):
            pool.submit(wait)
        wait_until(lambda: len(began) == 5, WAIT)
        assert not threading.Event().wait(0.2)
        assert 5 == len(began)
        release.set()
    assert 20 == len(began)
