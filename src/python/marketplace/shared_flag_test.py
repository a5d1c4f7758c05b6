"""Flags that processes share."""

import os

from marketplace.shared_flag import SharedFlag


def test_a_new_flag_is_not_set() -> None:
    assert not SharedFlag().is_set()


def test_a_flag_that_is_set_stays_set_until_it_is_cleared() -> None:
    flag = SharedFlag()
    flag.set()
    flag.set()
    assert flag.is_set()
    flag.clear()
    assert not flag.is_set()


def test_flags_are_independent() -> None:
    flag, other = SharedFlag(), SharedFlag()
    flag.set()
    assert not other.is_set()


def test_what_a_fork_sets_its_parent_sees() -> None:
    flag = SharedFlag()
    if not (child := os.fork()):
        flag.set()
        os._exit(0)
    assert (child, 0) == os.waitpid(child, 0)
    assert flag.is_set()
