"""Which books can be shown."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.book import MAX_AUTHOR_LENGTH, MAX_AUTHORS, MAX_TITLE_LENGTH, Book
from marketplace.category import Category
from marketplace.errors import InvalidBook

EMMA = Book(1, "Emma", ("Jane Austen",), 1815, (Category.ROMANCE,))


@pytest.mark.parametrize(
    "fields",
    [
        {"id": 2**31 - 1},
        {"title": "x" * MAX_TITLE_LENGTH},
        {"title": "罪と罰"},
        {"title": "👩\u200d🚀 & <b>"},
        {"title": "a\u0301"},
        {"authors": ()},
        {"authors": ("x" * MAX_AUTHOR_LENGTH,) * MAX_AUTHORS},
        {"publication_year": None},
        {"publication_year": -3000},
        {"publication_year": 2100},
    ],
)
def test_what_is_within_the_bounds_can_be_shown(fields: dict[str, Any]) -> None:
    replace(EMMA, **fields)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"id": 0}, "the id is below 1"),
        ({"title": ""}, "the title has nothing to read"),
        ({"title": " \t\u3000\u200b\ufeff"}, "the title has nothing to read"),
        ({"title": "x" * 501}, "the title has 501 characters"),
        ({"title": "a\x00b"}, "the title has unprintable characters"),
        ({"title": "a\nb"}, "the title has unprintable characters"),
        ({"title": "a\x85b"}, "the title has unprintable characters"),
        ({"title": "a\u2028b"}, "the title has unprintable characters"),
        ({"title": "a\ud800b"}, "the title has unprintable characters"),
        ({"title": "a\ufffeb"}, "the title has unprintable characters"),
        ({"title": "a\U0001ffffb"}, "the title has unprintable characters"),
        ({"title": "a\ufdd0b"}, "the title has unprintable characters"),
        ({"authors": ("A", "")}, "the author has nothing to read"),
        ({"authors": ("x" * 201,)}, "the author has 201 characters"),
        ({"authors": ("A",) * 101}, "there are 101 authors"),
        ({"publication_year": 0}, "there is no year 0"),
        ({"publication_year": -3001}, "there is no year -3001"),
        ({"publication_year": 2101}, "there is no year 2101"),
        ({"categories": ()}, "there is no category"),
    ],
)
def test_what_is_beyond_them_cannot(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidBook) as error:
        replace(EMMA, **fields)
    assert (problem,) == error.value.problems


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidBook) as error:
        Book(0, "", ("",), 0, ())
    assert 5 == len(error.value.problems)
    assert "; ".join(error.value.problems) == str(error.value)


@settings(deadline=None)
@given(st.text(), st.text())
def test_problems_quote_nothing(title: str, author: str) -> None:
    """What a service sends is not for the log."""
    with pytest.raises(InvalidBook) as error:  # There is no year 0.
        Book(1, f"zq{title}", (f"zq{author}",), 0, (Category.MYSTERY,))
    assert "zq" not in str(error.value)
