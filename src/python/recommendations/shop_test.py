from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from recommendations.book import Book, Category
from recommendations.catalog import Catalog
from recommendations.learning.model import LearnedModel, ModelInfo, ModelRow
from recommendations.shop import Shop

INFO = ModelInfo("test", {}, 1, datetime(2026, 1, 31, tzinfo=UTC), 1, 1)


def book(book_id: int, *categories: Category, title: str = "") -> Book:
    return Book(
        id=book_id,
        title=title or f"Book {book_id}",
        authors=("A. Writer",),
        publication_year=1900,
        categories=categories or (Category.MYSTERY,),
    )


def model(
    readers: Mapping[int, int], similar: Mapping[int, Sequence[tuple[int, float]]] | None = None
) -> LearnedModel:
    """A model that knows how many readers each book has, and books like some, with scores."""
    rows = (
        ModelRow(
            book_id,
            count,
            array("i", [other for other, _ in (similar or {}).get(book_id, ())]),
            array("f", [score for _, score in (similar or {}).get(book_id, ())]),
        )
        for book_id, count in sorted(readers.items())
    )
    return LearnedModel.from_rows(INFO, rows)


def test_books_stand_by_falling_popularity_in_each_of_their_categories() -> None:
    both = book(2, Category.MYSTERY, Category.ROMANCE)
    catalog = Catalog([book(1), both, book(3), book(4, Category.ROMANCE)])

    shop = Shop(catalog, model({1: 5, 2: 9, 3: 7, 4: 1}))

    assert [2, 3, 1] == [each.id for each in shop.popular_in(Category.MYSTERY)]
    assert [2, 4] == [each.id for each in shop.popular_in(Category.ROMANCE)]


def test_of_equally_popular_books_the_lower_number_comes_first() -> None:
    shop = Shop(Catalog([book(3), book(1), book(2)]), model({1: 4, 2: 4, 3: 4}))
    assert [1, 2, 3] == [each.id for each in shop.popular_in(Category.MYSTERY)]


def test_books_that_nobody_chose_are_not_popular() -> None:
    shop = Shop(Catalog([book(1), book(2)]), model({2: 1}))
    assert [2] == [each.id for each in shop.popular_in(Category.MYSTERY)]


def test_books_that_the_catalogue_lacks_are_not_there() -> None:
    shop = Shop(Catalog([book(1)]), model({7: 1}))
    assert [] == shop.popular_in(Category.MYSTERY)
    assert [1] == [each.id for each in shop.by_popularity()]


def test_all_books_stand_by_popularity_and_those_that_nobody_chose_at_the_end() -> None:
    shop = Shop(Catalog([book(5), book(4), book(1), book(3)]), model({3: 9, 5: 2, 7: 5}))
    assert [3, 5, 1, 4] == [each.id for each in shop.by_popularity()]


def test_without_a_model_nothing_is_popular() -> None:
    shop = Shop(Catalog([book(2), book(1)]))
    assert [] == shop.popular_in(Category.MYSTERY)
    assert [1, 2] == [each.id for each in shop.by_popularity()]
