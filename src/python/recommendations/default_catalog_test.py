"""The catalogue that ships with the service keeps its promises."""

from collections import Counter

import pytest

from recommendations.book import UNKNOWN_YEAR, Category
from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default

TUTORIAL = {
    Category.MYSTERY: [
        (1, "The Maltese Falcon"),
        (2, "Murder on the Orient Express"),
        (3, "The Hound of the Baskervilles"),
    ],
    Category.SCIENCE_FICTION: [
        (4, "The Hitchhiker's Guide To The Galaxy"),
        (5, "Ender's Game"),
        (6, "The Dune Chronicles"),
    ],
    Category.SELF_HELP: [
        (7, "The 7 Habits of Highly Effective People"),
        (8, "How to Win Friends and Influence People"),
        (9, "Man\N{RIGHT SINGLE QUOTATION MARK}s Search for Meaning"),
    ],
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_default()


@pytest.mark.parametrize("category", Category)
def test_the_nine_of_the_tutorial_are_featured_and_no_others(
    catalog: Catalog, category: Category
) -> None:
    featured = catalog.books_in(category, featured_only=True)

    assert TUTORIAL.get(category, []) == [(book.id, book.title) for book in featured]


def test_the_nine_of_the_tutorial_stand_in_one_category_each(catalog: Catalog) -> None:
    assert [1] * 9 == [len(book.categories) for book in catalog.books if book.featured]


def test_ids_count_from_one_without_a_gap(catalog: Catalog) -> None:
    """An id that was once given is not given to another book: new books go to the end."""
    assert list(range(1, len(catalog) + 1)) == [book.id for book in catalog.books]


def test_there_are_many_further_books(catalog: Catalog) -> None:
    assert len(catalog) - 9 >= 160


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_choice(catalog: Catalog, category: Category) -> None:
    assert len(catalog.books_in(category)) >= 20


def test_no_book_appears_twice(catalog: Catalog) -> None:
    seen = Counter((book.title.casefold(), book.authors) for book in catalog.books)

    assert [] == [book for book, times in seen.items() if times > 1]


def test_every_year_is_known_and_plausible(catalog: Catalog) -> None:
    """Printed books only, none newer than the list."""
    years = [book.publication_year for book in catalog.books]

    assert UNKNOWN_YEAR not in years
    assert min(years) >= 1500
    assert max(years) <= 2025
