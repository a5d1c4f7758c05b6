"""The whole of the goodbooks data, where it is at hand: it is not part of this repository."""

import csv
import os
from pathlib import Path

import pytest

from goodbooks.convert import main
from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.catalog_csv import read_catalog

BESIDE_THE_CHECKOUT = Path(__file__).parents[3] / "shared" / "data" / "goodbooks"
FOLDER = Path(os.environ.get("GOODBOOKS_DIR") or BESIDE_THE_CHECKOUT)

pytestmark = pytest.mark.skipif(
    not (FOLDER / "books.csv").is_file(),
    reason="no goodbooks data: set GOODBOOKS_DIR to a folder that holds books.csv",
)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    output = tmp_path_factory.mktemp("goodbooks") / "catalogue.csv"
    assert 0 == main([str(FOLDER), "-o", str(output)])
    return read_catalog(output)


def test_every_book_of_the_source_is_served(catalog: Catalog) -> None:
    with (FOLDER / "books.csv").open(encoding="utf-8", newline="") as file:
        ids = [int(row["book_id"]) for row in csv.DictReader(file)]

    assert ids == [book.id for book in catalog.books]


@pytest.mark.parametrize(
    ("category", "more_than"),
    [
        (Category.MYSTERY, 100),
        (Category.SCIENCE_FICTION, 50),
        (Category.SELF_HELP, 20),
        (Category.FANTASY, 200),
        (Category.HISTORY, 100),
        (Category.BIOGRAPHY, 40),
        (Category.ROMANCE, 100),
        (Category.THRILLER, 50),
    ],
)
def test_every_category_has_the_books_that_the_data_has_for_it(
    catalog: Catalog, category: Category, more_than: int
) -> None:
    assert len(catalog.books_in(category)) > more_than


@pytest.mark.parametrize(
    ("title", "categories"),
    [
        ("A Study in Scarlet", {Category.MYSTERY, Category.THRILLER}),
        ("The Two Towers (The Lord of the Rings, #2)", {Category.FANTASY}),
        ("Pride and Prejudice", {Category.ROMANCE}),
        ("The Martian Chronicles", {Category.SCIENCE_FICTION, Category.FANTASY}),
        ("The Diary of a Young Girl", {Category.BIOGRAPHY, Category.HISTORY}),
        ("The Prophet", {Category.SELF_HELP}),
    ],
)
def test_well_known_books_stand_where_a_reader_looks_for_them(
    catalog: Catalog, title: str, categories: set[Category]
) -> None:
    found = [set(book.categories) for book in catalog.books if book.title == title]

    assert [categories] == found


def test_no_book_is_featured(catalog: Catalog) -> None:
    assert not any(book.featured for book in catalog.books)
