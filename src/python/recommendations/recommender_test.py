import random
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.book import Book, Category
from recommendations.catalog import Catalog
from recommendations.errors import FieldViolation, InvalidRequest, UnknownCategory
from recommendations.ranking.personal import PersonalRanking
from recommendations.ranking.ports import NoHistory
from recommendations.ranking.recommendation import Recommendation
from recommendations.recommender import DEFAULT_RESULTS, MAX_RESULTS, Recommender
from recommendations.shop import Shop
from recommendations.shop_test import model

categories = st.sampled_from(Category)
seeds = st.integers(min_value=0, max_value=2**32)
books = st.builds(
    Book,
    id=st.integers(min_value=1, max_value=10_000),
    title=st.just("A Title"),
    authors=st.just(("A. Writer",)),
    publication_year=st.just(1900),
    categories=st.lists(categories, min_size=1, max_size=3, unique=True).map(tuple),
    featured=st.booleans(),
)
catalogs = st.lists(books, max_size=40, unique_by=lambda book: book.id).map(Catalog)

BAD_USER = FieldViolation("user_id", "must not be negative")
BAD_CATEGORY = FieldViolation("category", "must be one of the book categories")
BAD_NUMBER = FieldViolation("max_results", "must not be negative")


def mysteries(count: int) -> Catalog:
    return Catalog(
        Book(n, f"Case {n}", ("A. Writer",), 1900, (Category.MYSTERY,)) for n in range(1, count + 1)
    )


def unexpected(error: Exception) -> None:
    raise error


def recommender(catalog: Catalog, seed: int = 1) -> Recommender:
    shop = Shop(catalog)
    rng = random.Random(seed)
    ranking = PersonalRanking(NoHistory(), rng, lambda: date(2026, 1, 31))
    return Recommender(lambda: shop, ranking, rng, unexpected)


@settings(deadline=None)
@given(catalogs, categories, st.integers(min_value=1, max_value=2**31 - 1), seeds)
def test_recommendations_are_distinct_books_of_the_category_as_many_as_wanted_or_there_are(
    catalog: Catalog, category: Category, wanted: int, seed: int
) -> None:
    there = catalog.books_in(category)

    chosen = recommender(catalog, seed).recommend(user_id=0, category=category, max_results=wanted)

    assert len(chosen) == len(set(chosen)) == min(wanted, len(there), MAX_RESULTS)
    assert {each.book for each in chosen} <= set(there)


@settings(deadline=None)
@given(catalogs, categories, st.integers(min_value=0, max_value=2**31 - 1), seeds)
def test_legacy_recommendations_come_from_the_featured_books_if_the_category_has_any(
    catalog: Catalog, category: Category, wanted: int, seed: int
) -> None:
    there = [book for book in catalog.books if category in book.categories]
    pool = [book for book in there if book.featured] or there

    chosen = recommender(catalog, seed).recommend_featured(category=category, max_results=wanted)

    assert len(chosen) == len(set(chosen)) == min(wanted, len(pool))
    assert set(chosen) <= set(pool)


def test_a_seed_decides_what_nobody_in_particular_gets() -> None:
    shop_books = mysteries(100)
    one, other, third = (recommender(shop_books, seed) for seed in (1, 1, 2))
    chosen = [
        each.recommend(user_id=0, category=Category.MYSTERY, max_results=10)
        for each in (one, other, third)
    ]
    assert chosen[0] == chosen[1] != chosen[2]


class Broken:
    """Fails for readers, not for nobody."""

    def recommend(self, *_: object, **__: object) -> tuple[Recommendation, ...]:
        raise ArithmeticError("no idea")


def test_where_choosing_for_a_reader_fails_there_are_popular_books_and_a_report() -> None:
    popular = model({2: 9, 5: 7, 6: 3})
    reported: list[Exception] = []
    subject = Recommender(
        lambda: Shop(mysteries(7), popular), Broken(), random.Random(1), reported.append
    )

    chosen = subject.recommend(user_id=7, category=Category.MYSTERY, max_results=2)

    assert 2 == len({each.book.id for each in chosen})
    assert ["no idea"] == [str(error) for error in reported]


def test_mistakes_of_a_question_are_no_failure_of_choosing() -> None:
    reported: list[Exception] = []
    subject = Recommender(lambda: Shop(mysteries(7)), Broken(), random.Random(1), reported.append)
    with pytest.raises(InvalidRequest):
        subject.recommend(user_id=-1, category=None, max_results=2)
    assert [] == reported


def test_every_order_is_equally_likely() -> None:
    """Of the six orders of three books each comes a sixth of the time, within five sigmas."""
    subject = recommender(mysteries(3))
    draws = 6000

    orders = Counter(
        tuple(
            each.book.id
            for each in subject.recommend(user_id=0, category=Category.MYSTERY, max_results=3)
        )
        for _ in range(draws)
    )

    assert 6 == len(orders)
    assert all(abs(count - draws / 6) < 145 for count in orders.values())


def test_the_cost_follows_the_results_and_not_the_catalogue() -> None:
    """Choosing 3 of 20,000 books takes no copy of them, which would be 160 kB."""
    subject = recommender(mysteries(20_000))

    def peak() -> int:
        tracemalloc.start()
        subject.recommend(user_id=0, category=Category.MYSTERY, max_results=3)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # The least of some: what other threads of this process take meanwhile counts, too.
    assert min(peak() for _ in range(10)) < 16_000


def test_threads_may_share_a_recommender() -> None:
    subject = recommender(mysteries(30))

    def choose(_: int) -> int:
        return len(set(subject.recommend(user_id=0, category=Category.MYSTERY, max_results=20)))

    with ThreadPoolExecutor(max_workers=8) as threads:
        assert {20} == set(threads.map(choose, range(2000)))


def test_no_number_means_the_default_number() -> None:
    chosen = recommender(mysteries(DEFAULT_RESULTS + 5)).recommend(
        user_id=0, category=Category.MYSTERY, max_results=0
    )

    assert DEFAULT_RESULTS == len(chosen)


def test_a_number_above_the_maximum_is_lowered_to_it() -> None:
    chosen = recommender(mysteries(MAX_RESULTS + 5)).recommend(
        user_id=0, category=Category.MYSTERY, max_results=MAX_RESULTS + 1
    )

    assert MAX_RESULTS == len(chosen)


def test_legacy_callers_get_none_when_they_name_no_number() -> None:
    chosen = recommender(mysteries(5)).recommend_featured(category=Category.MYSTERY, max_results=0)

    assert () == chosen


def test_legacy_callers_have_no_maximum() -> None:
    chosen = recommender(mysteries(MAX_RESULTS + 5)).recommend_featured(
        category=Category.MYSTERY, max_results=2**31 - 1
    )

    assert MAX_RESULTS + 5 == len(chosen)


@pytest.mark.parametrize(
    ("user_id", "category", "max_results", "violations"),
    [
        (-1, Category.MYSTERY, 1, [BAD_USER]),
        (0, None, 1, [BAD_CATEGORY]),
        (0, Category.MYSTERY, -1, [BAD_NUMBER]),
        (-(2**63), None, -(2**31), [BAD_USER, BAD_CATEGORY, BAD_NUMBER]),
    ],
)
def test_every_mistake_of_a_question_is_named(
    user_id: int, category: Category | None, max_results: int, violations: list[FieldViolation]
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        recommender(mysteries(1)).recommend(
            user_id=user_id, category=category, max_results=max_results
        )

    assert tuple(violations) == raised.value.violations
    assert "; ".join(f"{v.field}: {v.description}" for v in violations) == str(raised.value)


def test_legacy_callers_learn_that_a_category_is_unknown() -> None:
    """Whatever else is wrong: the tutorial's server looked at the category first."""
    with pytest.raises(UnknownCategory, match="^Category not found$"):
        recommender(mysteries(1)).recommend_featured(category=None, max_results=-1)


def test_legacy_callers_may_not_ask_for_a_negative_number() -> None:
    with pytest.raises(InvalidRequest) as raised:
        recommender(mysteries(1)).recommend_featured(category=Category.MYSTERY, max_results=-1)

    assert (BAD_NUMBER,) == raised.value.violations
