from collections.abc import Iterator
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.ranking.recommendation import Recommendation
from recommendations.ranking.series import MOST_IN_A_ROW, series_of, spaced
from recommendations.shop_test import book


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("The Giver (The Giver, #1)", "the giver"),
        ("The Final Detail (Myron Bolitar #6)", "myron bolitar"),
        ("Night Watch (Discworld, #29; City Watch, #6)", "discworld"),
        ("Four (Divergent, #0.1 - 0.4)", "divergent"),
        ("Boxset (Harry Potter, #1-7)", "harry potter"),
        ("A Storm of Swords (A Song of Ice and Fire, #3: Part 2 of 2)", "a song of ice and fire"),
        ("Ghost (The Dark (Side), #2) (Sisters, #3)", "sisters"),
        ("Saga #1", None),
        ("Emma (Penguin Classics)", None),
        ("1984", None),
        ("A Title (#1)", None),
        ("A Title (Series, #one)", None),
        ("A Title (Series, #1), revised", None),
        ("()", None),
    ],
)
def test_a_title_tells_the_series(title: str, series: str | None) -> None:
    assert series == series_of(title)


def volumes(names: str) -> list[Recommendation]:
    """A volume of a series for each letter; a dot is of none."""
    return [
        Recommendation(book(n, title=f"Title {n}" + ("" if name == "." else f" ({name}, #{n})")))
        for n, name in enumerate(names, 1)
    ]


def order(names: str) -> list[int]:
    return [each.book.id for each in spaced(volumes(names))]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("ab", [1, 2]),
        ("aab", [1, 2, 3]),
        ("aaab", [1, 2, 4, 3]),
        ("aaa.aab", [1, 2, 4, 3, 5, 7, 6]),
        ("aaabbb", [1, 2, 4, 3, 5, 6]),
        ("aaaa", [1, 2, 3, 4]),
        (".....", [1, 2, 3, 4, 5]),
        ("", []),
    ],
)
def test_a_third_volume_waits_for_another_book(names: str, expected: list[int]) -> None:
    assert expected == order(names)


@settings(deadline=None)
@given(st.text("abc.", max_size=40))
def test_nothing_is_lost_and_only_at_the_end_more_volumes_follow_each_other(names: str) -> None:
    result = order(names)
    assert list(range(1, len(names) + 1)) == sorted(result)
    runs = [
        (name, len(list(run)))
        for name, run in groupby(names[number - 1] for number in result)
        if name != "."
    ]
    too_long = [index for index, (_, length) in enumerate(runs) if length > MOST_IN_A_ROW]
    assert too_long in ([], [len(runs) - 1])


def test_no_more_is_taken_than_is_needed() -> None:
    """The rest of a category may be a million books."""

    def source() -> Iterator[Recommendation]:
        yield from volumes("aab")
        raise AssertionError("one too many")

    found = spaced(source())
    assert [1, 2, 3] == [next(found).book.id for _ in range(3)]
