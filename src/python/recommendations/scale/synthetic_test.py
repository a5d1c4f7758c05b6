"""Books and readers that do not exist, yet look as if they might."""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.book import Category
from recommendations.catalog_csv import read_catalog
from recommendations.interaction import InteractionKind
from recommendations.ranking.series import series_of
from recommendations.scale.generate import main
from recommendations.scale.synthetic_books import SyntheticBooks
from recommendations.scale.synthetic_readers import BATCH, SyntheticInteractions

BOOKS = SyntheticBooks(5000, seed=3)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 700), st.integers(1, 2**31))
def test_ids_are_those_from_one_to_the_count_each_once(count: int, seed: int) -> None:
    books = SyntheticBooks(count, seed)
    assert list(range(1, count + 1)) == sorted(books.id_of(rank) for rank in range(count))


def test_a_book_is_made_alone_as_among_all() -> None:
    assert list(BOOKS)[1234] == BOOKS.book(1234)


def test_a_seed_decides_the_books() -> None:
    assert list(SyntheticBooks(50, 3)) == list(SyntheticBooks(50, 3))
    assert list(SyntheticBooks(50, 3)) != list(SyntheticBooks(50, 4))


def test_every_category_has_books_and_some_have_many() -> None:
    by_category = Counter(category for book in BOOKS for category in book.categories)
    assert set(Category) == set(by_category)
    assert by_category[Category.FANTASY] > 3 * by_category[Category.SELF_HELP]


def test_about_half_of_the_books_are_volumes_of_series_by_one_author() -> None:
    first, second = BOOKS.book(0), BOOKS.book(BOOKS.circles)
    series = [book for book in BOOKS if series_of(book.title)]
    assert first.authors == second.authors
    assert 0.4 < len(series) / BOOKS.count < 0.6


def test_books_are_of_many_years() -> None:
    years = [book.publication_year for book in BOOKS]
    assert 1900 <= min(years) < 1930
    assert 2020 < max(years) <= 2025


def test_interactions_are_as_many_as_wanted_in_batches() -> None:
    sizes = [len(batch) for batch in SyntheticInteractions(BOOKS, BATCH + 7).read()]
    assert [BATCH, 7] == sizes


def test_a_seed_decides_the_interactions() -> None:
    one, same, other = (list(SyntheticInteractions(BOOKS, 500, seed).read()) for seed in (1, 1, 2))
    assert one == same != other


def test_a_few_books_and_readers_have_most_of_the_interactions() -> None:
    interactions = next(iter(SyntheticInteractions(BOOKS, 20_000).read()))
    per_book = sorted(Counter(each.book_id for each in interactions).values(), reverse=True)
    assert 0.4 < sum(per_book[:500]) / 20_000 < 0.6
    assert all(1 <= each.book_id <= 5000 for each in interactions)
    assert all(1 <= each.reader_id <= 2000 for each in interactions)
    kinds = Counter(each.kind for each in interactions)
    assert [each for each, _ in kinds.most_common()] == list(InteractionKind)


def test_the_files_are_what_the_service_reads(tmp_path: Path) -> None:
    options = ["--books", "300", "--interactions", "1000", "--seed", "3"]
    assert 0 == main([str(tmp_path / "new"), *options])

    catalog = read_catalog(tmp_path / "new" / "books.csv")
    with (tmp_path / "new" / "interactions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert list(SyntheticBooks(300, 3)) == list(catalog.books)
    (batch,) = SyntheticInteractions(SyntheticBooks(300, 3), 1000, 3).read()
    assert [str(each.book_id) for each in batch] == [row["book_id"] for row in rows]
    assert {"viewed", "wished", "bought"} == {row["kind"] for row in rows}


def test_a_folder_that_cannot_be_made_ends_it_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.touch()
    assert 1 == main([str(path), "--books", "1", "--interactions", "1"])
    assert os.strerror(17) in capsys.readouterr().err


def test_wrong_options_end_it_with_2() -> None:
    with pytest.raises(SystemExit) as raised:
        main([".", "--books", "0"])
    assert 2 == raised.value.code
