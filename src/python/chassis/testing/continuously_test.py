"""What is repeated, and until when."""

import pytest

from chassis.testing.continuously import continuously
from chassis.testing.waiting import wait_until


def test_each_action_is_repeated_until_the_block_ends() -> None:
    first: list[int] = []
    second: list[int] = []
    with continuously(lambda: first.append(1), lambda: second.append(1)):
        wait_until(lambda: min(len(first), len(second)) > 2)
    done = len(first), len(second)
    assert done == (len(first), len(second))


def test_an_action_that_fails_is_told_when_the_block_has_ended() -> None:
    calls = []

    def fail() -> None:
        calls.append(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), continuously(fail):
        wait_until(lambda: calls == [1])


def test_an_exception_of_the_block_ends_the_actions() -> None:
    with pytest.raises(KeyError), continuously(lambda: None):
        raise KeyError


def test_what_the_block_raised_names_the_failures_of_actions() -> None:
    calls = []

    def fail() -> None:
        calls.append(1)
        raise ZeroDivisionError("why")

    def block() -> None:
        with continuously(fail):
            wait_until(lambda: calls == [1])
            raise KeyError

    with pytest.raises(KeyError) as error:
        block()
    assert ["meanwhile: ZeroDivisionError('why')"] == error.value.__notes__
