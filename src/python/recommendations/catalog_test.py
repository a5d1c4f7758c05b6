import pytest

from recommendations.book import Book, Category
from recommendations.catalog import Catalog
from recommendations.errors import CatalogError, DuplicateIds


def book(book_id: int, *categories: Category, featured: bool = False) -> Book:
    return Book(
        id=book_id,
        title=f"Book {book_id}",
        authors=("A. Writer",),
        publication_year=1900,
        categories=categories or (Category.MYSTERY,),
        featured=featured,
    )


def test_books_stand_in_each_of_their_categories_in_the_order_given() -> None:
    thriller = book(3, Category.THRILLER)
    both = book(1, Category.THRILLER, Category.MYSTERY)
    mystery = book(2)

    catalog = Catalog([thriller, both, mystery])

    assert (thriller, both) == catalog.books_in(Category.THRILLER)
    assert (both, mystery) == catalog.books_in(Category.MYSTERY)


def test_a_category_without_books_is_empty() -> None:
    assert () == Catalog([book(1)]).books_in(Category.ROMANCE)


def test_featured_books_can_be_asked_for_alone() -> None:
    featured = book(2, featured=True)

    catalog = Catalog([book(1), featured])

    assert (featured,) == catalog.books_in(Category.MYSTERY, featured_only=True)


def test_a_featured_book_is_featured_in_each_of_its_categories() -> None:
    featured = book(2, Category.FANTASY, Category.ROMANCE, featured=True)

    catalog = Catalog([featured])

    assert (featured,) == catalog.books_in(Category.FANTASY, featured_only=True)
    assert (featured,) == catalog.books_in(Category.ROMANCE, featured_only=True)


def test_it_knows_all_its_books() -> None:
    books = [book(2), book(1)]

    catalog = Catalog(iter(books))

    assert tuple(books) == catalog.books
    assert 2 == len(catalog)


def test_a_catalogue_may_be_empty() -> None:
    assert 0 == len(Catalog([]))


def test_ids_are_unique() -> None:
    """Every id that books share is named, once."""
    with pytest.raises(DuplicateIds, match="several books claim one id: 3, 5") as raised:
        Catalog([book(5), book(3), book(4), book(3), book(5), book(5)])

    assert (3, 5) == raised.value.ids
    assert isinstance(raised.value, CatalogError)
