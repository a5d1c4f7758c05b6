"""Single books, and those like them."""

from array import array
from datetime import UTC, datetime

import pytest

from recommendations.book import Book, Category
from recommendations.book_finder import DEFAULT_SIMILAR, BookFinder
from recommendations.catalog import Catalog
from recommendations.current import Current
from recommendations.errors import InvalidRequest, NoCatalog, UnknownBook
from recommendations.learning.model import MAX_SIMILAR, LearnedModel, ModelInfo, ModelRow
from recommendations.shop import Shop

COUNT = 100
BOOKS = [Book(n, f"{n}", ("A",), 0, (Category.HISTORY,)) for n in range(1, COUNT + 1)]
CATALOG = Catalog(BOOKS)


def finder(*similar_to_1: int) -> BookFinder:
    info = ModelInfo("cosine", {}, 1, datetime(2026, 1, 1, tzinfo=UTC), 1, 1)
    scores = array("f", [0.5] * len(similar_to_1))
    model = LearnedModel.from_rows(info, [ModelRow(1, 1, array("i", similar_to_1), scores)])
    return BookFinder(lambda: Shop(CATALOG, model))


def test_a_book_is_found_by_its_id() -> None:
    assert BOOKS[41] == finder().get(42)


@pytest.mark.parametrize("book_id", [-1, 0, COUNT + 1])
def test_a_book_that_is_not_there_is_not_found(book_id: int) -> None:
    with pytest.raises(UnknownBook):
        finder().get(book_id)
    with pytest.raises(UnknownBook):
        finder().similar(book_id=book_id, max_results=1)


def test_similar_books_keep_their_order_without_those_that_are_gone() -> None:
    books = finder(9, COUNT + 1, 2, 5).similar(book_id=1, max_results=2)
    assert [9, 2] == [book.id for book in books]


@pytest.mark.parametrize(
    ("wanted", "given"), [(0, DEFAULT_SIMILAR), (3, 3), (MAX_SIMILAR + 1, MAX_SIMILAR)]
)
def test_as_many_as_wanted_are_given(wanted: int, given: int) -> None:
    books = finder(*range(2, COUNT)).similar(book_id=1, max_results=wanted)
    assert given == len(books)


def test_a_negative_number_is_a_mistake() -> None:
    with pytest.raises(InvalidRequest):
        finder().similar(book_id=1, max_results=-1)


def test_where_nothing_is_known_of_a_book_none_is_like_it() -> None:
    assert () == finder(9).similar(book_id=2, max_results=1)
    assert () == BookFinder(lambda: Shop(CATALOG)).similar(book_id=1, max_results=1)


def test_before_the_catalogue_is_read_there_is_no_book() -> None:
    with pytest.raises(NoCatalog):
        BookFinder(Current()).get(1)
