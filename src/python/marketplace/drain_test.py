"""Whether the service is about to stop."""

from marketplace.drain import DrainFlag


def test_a_new_flag_is_not_set() -> None:
    assert not DrainFlag().is_set()


def test_a_flag_that_is_set_stays_set() -> None:
    flag = DrainFlag()
    flag.set()
    flag.set()
    assert flag.is_set()


def test_flags_are_independent() -> None:
    flag, other = DrainFlag(), DrainFlag()
    flag.set()
    assert not other.is_set()
