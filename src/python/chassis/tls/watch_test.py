"""The thread looks at once, again and again, and ends."""

import threading

from chassis.testing.recording_log import RecordingLog
from chassis.tls.watch import Watch


def test_it_looks_again_and_again() -> None:
    looks = threading.Semaphore(0)
    with Watch(looks.release, 0.001, RecordingLog().logger):
        assert all(looks.acquire(timeout=30) for _ in range(3))


def test_the_first_look_waits_for_nothing() -> None:
    looks = threading.Semaphore(0)
    with Watch(looks.release, 3600, RecordingLog().logger):
        assert looks.acquire(timeout=30)


def test_it_ends_with_the_block() -> None:
    with Watch(lambda: None, 3600, RecordingLog().logger):
        assert "tls-watch" in {thread.name for thread in threading.enumerate()}
    assert "tls-watch" not in {thread.name for thread in threading.enumerate()}


def test_a_look_that_fails_is_logged_and_not_the_last() -> None:
    log = RecordingLog()

    def fail() -> None:
        raise RuntimeError("a defect")

    with Watch(fail, 0.001, log.logger):
        log.wait_for("looking at certificates failed", count=2)
