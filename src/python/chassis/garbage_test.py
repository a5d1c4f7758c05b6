"""The search for garbage is the process' own: a test puts it back."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from chassis.garbage import expect_calls, making_much


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Node:
    """What refers to itself, so that only a search finds it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_made_before_is_not_looked_through_any_more() -> None:
    expect_calls()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[0] > 700


def test_garbage_is_still_found() -> None:
    expect_calls()
    found = weakref.ref(Node())
    rubbish = [[] for _ in range(20 * gc.get_threshold()[0])]  # type: list[list[object]]
    assert found() is None
    del rubbish


def test_what_is_made_to_stay_is_never_looked_through() -> None:
    gc.collect()
    searches = [each["collections"] for each in gc.get_stats()]
    frozen = gc.get_freeze_count()
    with making_much():
        made = [[] for _ in range(20 * gc.get_threshold()[0])]  # type: list[list[object]]
        assert searches == [each["collections"] for each in gc.get_stats()]
    assert gc.get_freeze_count() > frozen + len(made)
    assert gc.isenabled()


def test_when_making_fails_garbage_is_searched_for_again() -> None:
    with pytest.raises(ValueError, match="no"), making_much():
        raise ValueError("no")
    assert gc.isenabled()
