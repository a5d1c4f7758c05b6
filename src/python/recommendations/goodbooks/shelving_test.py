import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.book import Category
from recommendations.goodbooks.shelving import (
    GENRES,
    LAST_RESORT,
    MAX_CATEGORIES,
    MIN_READERS,
    NEIGHBORS,
    OTHER_GENRES,
    Evidence,
    Shelving,
    shelve,
)

meaningful = sorted({tag for tags in [*GENRES.values(), *NEIGHBORS.values()] for tag in tags})
marks = st.dictionaries(
    st.sampled_from([*meaningful, *OTHER_GENRES, "to-read", "owned"]),
    st.integers(min_value=1, max_value=10_000),
    max_size=20,
)


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_tag_of_its_own_name(category: Category) -> None:
    assert Shelving((category,), Evidence.GENRE) == shelve({category.value: MIN_READERS})


def test_a_tag_names_one_category_only() -> None:
    tags = [tag for tags in GENRES.values() for tag in tags]

    assert len(tags) == len(set(tags))


def test_a_tag_is_not_both_a_genre_and_beside_the_genres() -> None:
    genres = {tag for tags in GENRES.values() for tag in tags}

    assert set() == genres & {*OTHER_GENRES, *(tag for tags in NEIGHBORS.values() for tag in tags)}


def test_the_tags_of_one_category_add_up() -> None:
    marks = {"detective": MIN_READERS - 1, "crime": 1}

    assert Shelving((Category.MYSTERY,), Evidence.GENRE) == shelve(marks)


def test_too_few_readers_say_nothing() -> None:
    assert Shelving((LAST_RESORT,), Evidence.NONE) == shelve({"mystery": MIN_READERS - 1})


def test_a_category_needs_one_in_fifty_of_the_marks_that_name_a_genre() -> None:
    assert (Category.ROMANCE, Category.MYSTERY) == shelve(
        {"romance": 490, "mystery": 10}
    ).categories
    assert (Category.ROMANCE,) == shelve({"romance": 491, "mystery": 10}).categories


def test_genres_without_a_category_weigh_too() -> None:
    assert (Category.FANTASY,) == shelve({"fantasy": 10, "poetry": 490}).categories
    assert Evidence.NONE is shelve({"fantasy": 10, "poetry": 491}).evidence


def test_what_names_no_genre_does_not_weigh() -> None:
    marks = {"mystery": 5, "to-read": 100_000, "classics": 90_000, "fiction": 80_000}

    assert (Category.MYSTERY,) == shelve(marks).categories


def test_the_strongest_categories_come_first_and_the_weakest_of_many_fall_away() -> None:
    marks = {"romance": 20, "mystery": 40, "history": 30, "thriller": 10}

    assert (Category.MYSTERY, Category.HISTORY, Category.ROMANCE) == shelve(marks).categories


def test_equal_categories_come_in_the_order_of_the_shop() -> None:
    marks = {"thriller": 9, "fantasy": 9, "mystery": 9}

    assert (Category.MYSTERY, Category.FANTASY, Category.THRILLER) == shelve(marks).categories


def test_horror_stands_with_the_thrillers() -> None:
    assert (Category.THRILLER,) == shelve({"horror": 50}).categories


def test_a_book_without_a_category_goes_to_the_nearest() -> None:
    marks = {"adventure": 30, "historical-fiction": 20, "poetry": 100}

    assert Shelving((Category.THRILLER,), Evidence.NEIGHBOR) == shelve(marks)


def test_a_neighboring_genre_counts_only_where_no_genre_does() -> None:
    marks = {"adventure": 300, "mystery": 20}

    assert Shelving((Category.MYSTERY,), Evidence.GENRE) == shelve(marks)


def test_a_neighboring_genre_too_needs_its_part_of_the_marks() -> None:
    assert Shelving((LAST_RESORT,), Evidence.NONE) == shelve({"adventure": 9, "plays": 491})


@settings(deadline=None)
@given(marks)
def test_every_book_gets_some_distinct_categories(marks: dict[str, int]) -> None:
    categories = shelve(marks).categories

    assert 1 <= len(categories) <= MAX_CATEGORIES
    assert len(categories) == len(set(categories))


@settings(deadline=None)
@given(marks, st.sampled_from(Category))
def test_more_readers_of_a_genre_never_take_a_book_out_of_it(
    marks: dict[str, int], category: Category
) -> None:
    more = marks | {category.value: marks.get(category.value, 0) + 100_000}

    assert category == shelve(more).categories[0]
