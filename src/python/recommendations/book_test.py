import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recommendations.book import (
    MAX_AUTHOR_LENGTH,
    MAX_AUTHORS,
    MAX_ID,
    MAX_TITLE_LENGTH,
    MAX_YEAR,
    MIN_YEAR,
    UNKNOWN_YEAR,
    Book,
    Category,
)
from recommendations.errors import InvalidBook

BOOK = Book(
    id=7,
    title="The Nine Tailors",
    authors=("Dorothy L. Sayers",),
    publication_year=1934,
    categories=(Category.MYSTERY,),
)


def test_a_book_is_not_featured_unless_said() -> None:
    assert not BOOK.featured


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 1},
        {"id": MAX_ID},
        {"title": "t" * MAX_TITLE_LENGTH},
        {"title": "Man’s Search for Meaning — 人間 👩‍🚀\u00a0!"},
        {"authors": ("a" * MAX_AUTHOR_LENGTH,)},
        {"authors": tuple(f"Author {n}" for n in range(MAX_AUTHORS))},
        {"publication_year": MIN_YEAR},
        {"publication_year": UNKNOWN_YEAR},
        {"publication_year": MAX_YEAR},
        {"categories": tuple(Category)},
    ],
)
def test_the_edges_of_the_rules_are_within_them(changes: dict[str, Any]) -> None:
    replace(BOOK, **changes)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": 0}, "id: 0 is not from 1 to 2147483647"),
        ({"id": MAX_ID + 1}, "id: 2147483648 is not from 1 to 2147483647"),
        ({"title": ""}, "title: empty text"),
        ({"title": "t" * (MAX_TITLE_LENGTH + 1)}, "title: 501 characters, more than 500"),
        ({"title": " Emma"}, "title: space before or after 'Emma'"),
        ({"title": "Emma\u00a0"}, "title: space before or after 'Emma'"),
        ({"title": "Em\x00ma"}, "title: control character U+0000"),
        ({"title": "Em\nma"}, "title: control character U+000A"),
        ({"title": "Em\x85ma"}, "title: control character U+0085"),
        ({"title": "Em\u2028ma"}, "title: line separator U+2028"),
        ({"title": "Em\u2029ma"}, "title: paragraph separator U+2029"),
        ({"title": "Em\ud800ma"}, "title: lone surrogate U+D800"),
        ({"authors": ()}, "authors: at least one is needed"),
        ({"authors": ("",)}, "authors: empty text"),
        ({"authors": ("a" * 201,)}, "authors: 201 characters, more than 200"),
        ({"authors": ("A", "B", "A", "A")}, "authors: 'A' appears more than once"),
        ({"authors": ("A",) * 101}, "authors: 101 names, more than 100"),
        ({"publication_year": MIN_YEAR - 1}, "year: -3001 is not from -3000 to 2100"),
        ({"publication_year": MAX_YEAR + 1}, "year: 2101 is not from -3000 to 2100"),
        ({"categories": ()}, "categories: at least one is needed"),
        (
            {"categories": (Category.SELF_HELP, Category.SELF_HELP)},
            "categories: 'self-help' appears more than once",
        ),
    ],
)
def test_a_broken_rule_is_named(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidBook) as raised:
        replace(BOOK, **changes)

    assert (problem,) == raised.value.problems


def test_all_broken_rules_are_named_together() -> None:
    with pytest.raises(InvalidBook) as raised:
        Book(id=0, title="", authors=(), publication_year=2101, categories=())

    fields = [problem.partition(":")[0] for problem in raised.value.problems]
    assert ["id", "title", "authors", "year", "categories"] == fields
    assert "; ".join(raised.value.problems) == str(raised.value)


texts = st.text(st.sampled_from("a é\u00a0\u3000\n\x00\u2028\ud800\U0001f4d6"), max_size=4)


@settings(deadline=None)
@given(
    st.integers(-1, 2) | st.integers(MAX_ID - 1, MAX_ID + 1),
    texts | texts.map(lambda text: text * 200),
    st.lists(texts | texts.map(lambda text: text * 100), max_size=3).map(tuple),
    st.integers(MIN_YEAR - 1, MIN_YEAR + 1) | st.integers(MAX_YEAR - 1, MAX_YEAR + 1),
    st.lists(st.sampled_from(Category), max_size=3).map(tuple),
)
def test_rules_are_kept_whatever_a_book_is(
    book_id: int,
    title: str,
    authors: tuple[str, ...],
    year: int,
    categories: tuple[Category, ...],
) -> None:
    """They are told here once more, in other words."""

    def right(text: str, longest: int) -> bool:
        kinds = {unicodedata.category(character) for character in text}
        return text == text.strip() != "" and len(text) <= longest and not kinds & _FORBIDDEN

    keeps_all = (
        book_id in range(1, MAX_ID + 1)
        and right(title, MAX_TITLE_LENGTH)
        and all(right(author, MAX_AUTHOR_LENGTH) for author in authors)
        and [1] * len(authors) == [authors.count(author) for author in authors] != []
        and year in range(MIN_YEAR, MAX_YEAR + 1)
        and [1] * len(categories) == [categories.count(each) for each in categories] != []
    )
    try:
        Book(book_id, title, authors, year, categories)
    except InvalidBook as error:
        assert error.problems
        assert not keeps_all
    else:
        assert keeps_all


_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
