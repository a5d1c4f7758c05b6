"""Searching for books."""

from array import array
from datetime import UTC, datetime

import pytest

from recommendations.book import Book, Category
from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default
from recommendations.current import Current
from recommendations.errors import InvalidRequest, NoCatalog
from recommendations.learning.model import LearnedModel, ModelInfo, ModelRow
from recommendations.search import DEFAULT_FOUND, MAX_FOUND, Search
from recommendations.search_index import SearchIndex
from recommendations.shop import Shop
from recommendations.words import words_of


def book(book_id: int, title: str, *authors: str) -> Book:
    return Book(book_id, title, authors or ("Nobody",), 0, (Category.HISTORY,))


BOOKS = [
    book(1, "The Name of the Wind", "Patrick Rothfuss"),
    book(2, "Wind, Sand and Stars", "Antoine de Saint-Exupéry"),
    book(3, "Smilla’s Sense of Snow", "Peter Høeg"),
    book(4, "Window Seat", "Wind Rose"),
    book(5, "Straße und Œuvre", "Łukasz Ørsted"),
    book(6, "Gone with the Wind", "Margaret Mitchell"),
    book(7, "東京 Stories", "Ann Author"),
]


def found(query: str, *readers: tuple[int, int], max_results: int = 0) -> list[int]:
    """Give the ids of what is found; `readers` are pairs of a book and how many chose it."""
    catalog = Catalog(BOOKS)
    info = ModelInfo("cosine", {}, 1, datetime(2026, 1, 1, tzinfo=UTC), 1, 1)
    rows = [ModelRow(each, count, array("i"), array("f")) for each, count in sorted(readers)]
    shop = Shop(catalog, LearnedModel.from_rows(info, rows) if readers else None)
    index = SearchIndex(shop)
    books = Search(lambda: index).find(query=query, max_results=max_results)
    return [each.id for each in books]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rothfuss", [1]),
        ("ROTHFUSS name", [1]),
        ("exupery", [2]),
        ("Saint-Exupéry stars", [2]),
        ("smilla's", [3]),
        ("smillas sense", [3]),
        ("hoeg", [3]),
        ("strasse oeuvre", [5]),
        ("lukasz orsted", [5]),
        ("東京", [7]),
        ("rothfuss stars", []),
        ("nothing like it", []),
        ("!?", []),
    ],
)
def test_every_word_must_be_there_whatever_its_case_and_marks(
    query: str, expected: list[int]
) -> None:
    assert expected == found(query)


def test_only_the_last_word_may_be_unfinished() -> None:
    assert [1] == found("patrick rot")
    assert [] == found("pat rothfuss")


def test_the_beginning_of_a_title_is_better_than_its_middle_and_that_than_an_author() -> None:
    assert [2, 1, 6, 4] == found("wind")


def test_of_equal_matches_that_with_more_readers_comes_first() -> None:
    assert [2, 6, 1, 4] == found("wind", (6, 9), (1, 3), (4, 100))


def test_as_many_are_given_as_are_wanted() -> None:
    assert [2, 1] == found("wind", max_results=2)


@pytest.mark.parametrize(("wanted", "given"), [(0, DEFAULT_FOUND), (1000, MAX_FOUND)])
def test_there_is_a_default_and_a_bound(wanted: int, given: int) -> None:
    catalog = Catalog(book(n, f"Same {n}") for n in range(1, 300))
    index = SearchIndex(Shop(catalog))
    search = Search(lambda: index)
    assert given == len(search.find(query="same", max_results=wanted))


@pytest.mark.parametrize("query", ["", "x" * 201])
def test_a_query_has_a_length(query: str) -> None:
    with pytest.raises(InvalidRequest):
        found(query)
    with pytest.raises(InvalidRequest):
        found("wind", max_results=-1)


def test_before_there_is_an_index_there_is_no_answer() -> None:
    with pytest.raises(NoCatalog):
        Search(Current()).find(query="wind", max_results=0)


def test_every_book_that_ships_is_found_by_its_title_and_an_author() -> None:
    catalog = load_default()
    index = SearchIndex(Shop(catalog))
    for each in catalog.books:
        assert each in list(index.matches(words_of(f"{each.title} {each.authors[0]}")))
