"""How a book is laid out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.book import MAX_AUTHOR_LENGTH, MAX_TITLE_LENGTH, Book
from marketplace.book_card import MAX_AUTHOR, MAX_COVER_TITLE, MAX_TITLE, card_of
from marketplace.category import Category
from marketplace.errors import InvalidBook

EMMA = Book(1, "Emma", ("Jane Austen",), 1815, (Category.ROMANCE, Category.HISTORY))


@pytest.mark.parametrize(
    ("authors", "byline"),
    [
        ((), ""),
        (("A",), "A"),
        (("A", "B"), "A and B"),
        (("A", "B", "C"), "A, B and C"),
        (("A", "B", "C", "D"), "A, B and 2 others"),
        (tuple("ABCDEFGHI"), "A, B and 7 others"),
    ],
)
def test_authors_are_listed_as_a_person_would(authors: tuple[str, ...], byline: str) -> None:
    assert byline == card_of(replace(EMMA, authors=authors)).authors


@pytest.mark.parametrize(
    ("year", "text"), [(None, ""), (1815, "1815"), (8, "8"), (-1, "1 BC"), (-750, "750 BC")]
)
def test_years_before_the_common_era_say_so(year: int | None, text: str) -> None:
    assert text == card_of(replace(EMMA, publication_year=year)).year


def test_the_cover_wears_the_colours_of_the_first_category() -> None:
    assert "romance" == card_of(EMMA).theme


def test_a_book_always_has_the_same_design() -> None:
    designs = [card_of(replace(EMMA, id=number)).design for number in range(1, 7)]
    assert [2, 3, 1, 2, 3, 1] == designs


@pytest.mark.parametrize(
    ("title", "size"),
    [
        ("Emma", "xl"),
        ("Frankenstein", "m"),
        ("Pride and Prejudice", "l"),
        ("The Hitchhiker's Guide to the Galaxy", "m"),
        ("Antidisestablishmentarianism", "s"),
        ("The Curious Incident of the Dog in the Night-Time and what came of it", "s"),
    ],
)
def test_long_titles_and_long_words_are_set_smaller(title: str, size: str) -> None:
    assert size == card_of(replace(EMMA, title=title)).size


def test_what_is_too_long_for_a_page_is_cut() -> None:
    long = replace(EMMA, title="x" * MAX_TITLE_LENGTH, authors=("y" * MAX_AUTHOR_LENGTH,))
    card = card_of(long)
    assert f"{'x' * (MAX_TITLE - 1)}…" == card.title
    assert f"{'x' * (MAX_COVER_TITLE - 1)}…" == card.cover_title
    assert f"{'y' * (MAX_AUTHOR - 1)}…" == card.authors == card.cover_author


def test_space_is_evened_out() -> None:
    card = card_of(replace(EMMA, title="  War \u00a0 and   Peace "))
    assert "War and Peace" == card.title


def test_a_book_without_authors_has_a_cover_without() -> None:
    assert "" == card_of(replace(EMMA, authors=())).cover_author


@settings(deadline=None)
@given(st.text(max_size=600), st.lists(st.text(max_size=250), max_size=5))
def test_any_book_can_be_laid_out(title: str, authors: list[str]) -> None:
    try:
        book = replace(EMMA, title=title, authors=tuple(authors))
    except InvalidBook:
        return
    card = card_of(book)
    assert 0 < len(card.title) <= MAX_TITLE
    assert 0 < len(card.cover_title) <= MAX_COVER_TITLE
