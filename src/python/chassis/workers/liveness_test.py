"""When a worker is asked, and when it is given up, with time as the test says."""

from chassis.workers.liveness import Liveness


def asked_one() -> Liveness:
    liveness = Liveness(timeout_seconds=30.0)
    liveness.passed(3.0)
    liveness.asked()
    return liveness


def test_it_is_asked_ten_times_as_often_as_it_may_be_silent() -> None:
    liveness = Liveness(timeout_seconds=30.0)
    liveness.passed(2.9)
    assert not liveness.question_is_due
    liveness.passed(0.2)
    assert liveness.question_is_due


def test_one_question_at_a_time_is_open() -> None:
    liveness = asked_one()
    liveness.passed(29.0)
    assert not liveness.question_is_due


def test_the_timeout_begins_with_the_question() -> None:
    liveness = asked_one()
    liveness.passed(29.9)
    assert not liveness.timed_out
    liveness.passed(0.2)
    assert liveness.timed_out


def test_who_was_not_asked_need_not_answer() -> None:
    liveness = Liveness(timeout_seconds=30.0)
    liveness.passed(3600.0)
    assert not liveness.timed_out


def test_an_answer_is_followed_by_a_pause_and_another_question() -> None:
    liveness = asked_one()
    liveness.passed(29.9)
    liveness.answered()
    assert (0.0, False, False) == (
        liveness.silent_seconds,
        liveness.question_is_due,
        liveness.timed_out,
    )
    liveness.passed(3.0)
    assert liveness.question_is_due


def test_it_is_looked_at_often_and_in_time() -> None:
    """So that a stop of the supervisor itself costs its worker no more than one look."""
    liveness = asked_one()
    assert 3.0 == liveness.seconds_left
    liveness.passed(29.0)
    assert 1.0 == liveness.seconds_left
    liveness.passed(2.0)
    assert 0.0 == liveness.seconds_left
