import pytest

from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.ranking import similar as module
from recommendations.ranking.recommendation import Reason, ReasonKind
from recommendations.ranking.similar import MAX_PROFILE, similar
from recommendations.shop import Shop
from recommendations.shop_test import book, model

ROMANCE = Category.ROMANCE
BOOKS = [book(n) for n in range(1, 10)] + [book(n, ROMANCE) for n in range(10, 13)]
SHOP = Shop(
    Catalog(BOOKS),
    model(
        {n: 1 for n in (1, 2, 77)},
        {
            1: [(5, 0.5), (10, 0.45), (3, 0.4), (88, 0.3)],
            2: [(4, 0.6), (3, 0.25), (1, 0.2)],
            77: [(6, 0.9)],
        },
    ),
)


def ids(
    chosen: list[int],
    category: Category | None = Category.MYSTERY,
    taken: set[int] | None = None,
    salt: int = 0,
) -> list[int]:
    given = similar(SHOP, category, chosen, salt, set() if taken is None else taken)
    return [each.book.id for each in given]


def test_what_each_chosen_book_says_is_added_up() -> None:
    """Book 3 has two votes, which together are the most."""
    assert [3, 4, 5, 1] == ids([2, 1])


def test_only_books_of_the_category_are_given() -> None:
    assert [10] == ids([1, 2], ROMANCE)


def test_any_category_may_be_asked_for() -> None:
    assert [5, 10, 3] == ids([1], None)


def test_taken_books_are_left_out_and_given_ones_noted() -> None:
    taken = {5}
    assert [3] == ids([1], taken=taken)
    assert {3, 5} == taken


def test_the_reason_is_the_chosen_book_that_says_most() -> None:
    reasons = {
        each.book.id: each.reason for each in similar(SHOP, Category.MYSTERY, [1, 2], 0, set())
    }
    assert Reason(ReasonKind.SIMILAR, BOOKS[0]) == reasons[3]
    assert Reason(ReasonKind.SIMILAR, BOOKS[1]) == reasons[4]


def test_a_chosen_book_that_the_catalogue_lacks_says_nothing() -> None:
    """It could not be named as a reason."""
    assert [] == ids([77])


@pytest.mark.parametrize("chosen", [[], [9], [12345]])
def test_who_chose_nothing_that_is_known_gets_none(chosen: list[int]) -> None:
    assert [] == ids(chosen)


def test_without_a_model_there_are_none() -> None:
    assert [] == list(similar(Shop(Catalog(BOOKS)), None, [1], 0, set()))


def test_the_salt_decides_between_equals() -> None:
    shop = Shop(Catalog(BOOKS), model({1: 1}, {1: [(n, 0.5) for n in range(2, 10)]}))

    def order(salt: int) -> list[int]:
        return [each.book.id for each in similar(shop, None, [1], salt, set())]

    assert order(5) == order(5)
    assert order(5) != order(6)
    assert set(order(5)) == set(order(6)) == set(range(2, 10))


def test_only_the_latest_books_are_looked_at() -> None:
    unknown = list(range(3, 10)) * 3
    assert [5, 3] == ids([*unknown[: MAX_PROFILE - 1], 1])
    assert [] == ids([*unknown[:MAX_PROFILE], 1])


def test_the_more_books_were_chosen_the_fewer_votes_has_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_VOTES", 3)
    assert [5, 3] == ids([1])
    assert [4, 5] == ids([1, 2])
