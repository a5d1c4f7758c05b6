from collections import Counter
from itertools import islice
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.ranking.popular import EXPLORED, WINDOW, popular
from recommendations.ranking.recommendation import Reason, ReasonKind, Recommendation
from recommendations.shop import Shop
from recommendations.shop_test import book, model


def shop_of(books: int, known: int) -> Shop:
    """Of the books, all mysteries, the first ones were chosen, the first by most readers."""
    catalog = Catalog(map(book, range(1, books + 1)))
    return Shop(catalog, model({n: 1000 - n for n in range(1, known + 1)}))


def take(
    shop: Shop, wanted: int, seed: int = 1, taken: set[int] | None = None
) -> list[Recommendation]:
    given = popular(shop, Category.MYSTERY, wanted, Random(seed), set() if taken is None else taken)
    return list(islice(given, wanted))


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.sets(st.integers(1, 60)), st.integers(0, 2**32))
def test_in_the_end_every_book_is_given_once_but_those_that_are_taken(
    books: int, known: int, taken: set[int], seed: int
) -> None:
    shop = shop_of(books, min(known, books))
    given_ids = [each.book.id for each in take(shop, 100, seed, set(taken))]
    assert sorted(set(range(1, books + 1)) - taken) == sorted(given_ids)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.sets(st.integers(1, 60)), st.integers(1, 60))
def test_as_many_are_given_as_wanted_or_as_there_are(
    books: int, known: int, taken: set[int], wanted: int
) -> None:
    shop = shop_of(books, min(known, books))
    there = set(range(1, books + 1)) - taken
    assert min(wanted, len(there)) == len(take(shop, wanted, taken=set(taken)))


def test_beyond_the_first_places_popular_books_follow_by_rank() -> None:
    """Whoever takes more than they said they wanted gets them, too."""
    given = list(popular(shop_of(500, 400), Category.MYSTERY, 3, Random(1), set()))
    reason = Reason(ReasonKind.POPULAR)
    later = [each.book.id for each in given[40:] if each.reason == reason]
    assert len(later) > 200
    assert sorted(later) == later


def test_what_is_given_is_noted() -> None:
    taken = {1}
    given = take(shop_of(50, 30), 5, taken=taken)
    assert {1, *(each.book.id for each in given)} <= taken


def test_most_places_go_to_the_most_popular_and_some_to_any() -> None:
    """Of 3,000 places about 15 % are explored, within five sigmas."""
    shop = shop_of(1000, 100)
    reasons: Counter[Reason | None] = Counter()
    for seed in range(1000):
        for each in take(shop, 3, seed):
            reasons[each.reason] += 1
            if each.reason == Reason(ReasonKind.POPULAR):
                assert each.book.id <= WINDOW + 2 * 3
    explored = reasons[Reason(ReasonKind.EXPLORATION)]
    assert abs(explored - 3000 * EXPLORED) < 100
    assert 3000 - explored == reasons[Reason(ReasonKind.POPULAR)]


def test_the_more_popular_a_book_the_more_readers_see_it() -> None:
    shop = shop_of(1000, 100)
    seen = Counter(each.book.id for seed in range(2000) for each in take(shop, 3, seed))
    assert seen[1] > 1.5 * seen[10] > 0
    assert seen[10] > 1.2 * seen[WINDOW + 6] > 0


def test_a_seed_decides_the_choice() -> None:
    shop = shop_of(1000, 500)
    assert take(shop, 10, 1) == take(shop, 10, 1)
    assert take(shop, 10, 1) != take(shop, 10, 2)


def test_where_nothing_was_learned_chance_decides_and_there_is_no_reason() -> None:
    shop = shop_of(1000, 0)
    given = take(shop, 100)
    assert 100 == len(given)
    assert {None} == {each.reason for each in given}
    assert given != take(shop, 100, 2)


def test_a_category_without_books_gives_none() -> None:
    assert [] == list(popular(shop_of(9, 9), Category.ROMANCE, 3, Random(1), set()))
