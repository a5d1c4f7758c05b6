"""How many visitors each worker has, as the others see it."""

import os

from marketplace.connection_counts import MOST_WORKERS, ConnectionCounts


def test_a_worker_knows_whether_others_have_fewer() -> None:
    counts = ConnectionCounts()
    counts.tell(1, 3)
    counts.tell(2, 2)
    assert counts.others_have_fewer(1, 3)
    assert not counts.others_have_fewer(2, 2)


def test_others_that_have_as_many_do_not_have_fewer() -> None:
    counts = ConnectionCounts()
    for worker in (1, 2):
        counts.tell(worker, 0)
    assert not counts.others_have_fewer(1, 0)
    assert counts.others_have_fewer(1, 1)


def test_who_takes_nobody_does_not_count() -> None:
    counts = ConnectionCounts()
    counts.tell(1, 5)
    assert not counts.others_have_fewer(1, 5)
    counts.tell(2, 0)
    counts.leave_out(2)
    assert not counts.others_have_fewer(1, 5)


def test_workers_for_whom_there_is_no_room_are_left_out() -> None:
    counts = ConnectionCounts()
    counts.tell(1, 5)
    for beyond in (0, MOST_WORKERS + 1):
        counts.tell(beyond, 0)
        counts.leave_out(beyond)
    assert not counts.others_have_fewer(1, 5)
    counts.tell(MOST_WORKERS, 0)
    assert counts.others_have_fewer(1, 5)


def test_what_a_fork_tells_its_parent_sees() -> None:
    counts = ConnectionCounts()
    if not (child := os.fork()):
        counts.tell(2, 0)
        os._exit(0)
    assert (child, 0) == os.waitpid(child, 0)
    assert counts.others_have_fewer(1, 1)
