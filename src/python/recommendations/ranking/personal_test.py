from collections.abc import Mapping, Sequence
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.interaction import InteractionKind, Profile
from recommendations.ranking.personal import PersonalRanking
from recommendations.ranking.ports import NOBODY, NoHistory
from recommendations.ranking.recommendation import ReasonKind
from recommendations.ranking.series import series_of
from recommendations.shop import Shop
from recommendations.shop_test import book, model

VIEWED, WISHED, BOUGHT = InteractionKind
READER = 7
TODAY = date(2026, 1, 31)


class Histories:
    """What readers did, in memory: kinds and books, the latest first."""

    def __init__(self, by_reader: Mapping[int, Sequence[tuple[InteractionKind, int]]]) -> None:
        self._by_reader = by_reader

    def profile(self, reader_id: int) -> Profile:
        did = self._by_reader.get(reader_id, ())
        return Profile([book_id for _, book_id in did], [kind is not VIEWED for kind, _ in did])


def mysteries(count: int, known: int, series: int = 0) -> Shop:
    """Each book is like the next nine. The books up to `series` are volumes of one."""
    books = [
        book(n, title=f"Case {n} (Cases, #{n})" if n <= series else "") for n in range(1, count + 1)
    ]
    similar = {n: [(n + k, 1 - k / 10) for k in range(1, 10)] for n in range(1, known + 1)}
    return Shop(Catalog(books), model({n: 10_000 - n for n in range(1, known + 1)}, similar))


def ask(
    shop: Shop,
    did: Sequence[tuple[InteractionKind, int]] = (),
    *,
    reader: int = READER,
    wanted: int = 5,
    today: date = TODAY,
    seed: int = 1,
) -> list[int]:
    ranking = PersonalRanking(Histories({READER: did}), Random(seed), lambda: today)
    given = ranking.recommend(shop, reader_id=reader, category=Category.MYSTERY, wanted=wanted)
    return [each.book.id for each in given]


def test_a_known_reader_gets_books_like_those_they_chose() -> None:
    assert [501, 502, 503, 504, 505] == ask(mysteries(1000, 600), [(VIEWED, 500)])


def test_the_first_recommendation_after_a_first_view_changes() -> None:
    """Browsing teaches."""
    shop = mysteries(1000, 600)
    assert ask(shop, []) != ask(shop, [(VIEWED, 500)])


def test_popular_books_follow_where_too_few_are_known_to_be_alike() -> None:
    shop = mysteries(1000, 600)
    ranking = PersonalRanking(Histories({READER: [(BOUGHT, 500)]}), Random(1), lambda: TODAY)
    given = ranking.recommend(shop, reader_id=READER, category=Category.MYSTERY, wanted=15)
    kinds = [each.reason.kind for each in given if each.reason]
    assert [ReasonKind.SIMILAR] * 9 == kinds[:9]
    assert {ReasonKind.POPULAR, ReasonKind.EXPLORATION} >= set(kinds[9:])
    assert 15 == len(kinds)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(InteractionKind), st.integers(1, 30)), max_size=30),
    st.integers(1, 30),
    st.integers(0, 25),
)
def test_books_are_distinct_and_none_that_the_reader_has(
    did: list[tuple[InteractionKind, int]], wanted: int, known: int
) -> None:
    """As many as wanted, or all others that there are."""
    has = {book_id for kind, book_id in did if kind is not VIEWED}
    there = set(range(1, 26)) - has

    ids = ask(mysteries(25, known), did, wanted=wanted)

    assert set(ids) <= there
    assert min(wanted, len(there)) == len(ids) == len(set(ids))


def test_books_that_a_reader_only_looked_at_come_last_the_latest_first() -> None:
    did = [(VIEWED, 3), (VIEWED, 1), (WISHED, 2), (VIEWED, 2)]
    ids = ask(mysteries(6, 6), did, wanted=10)
    assert {4, 5, 6} == set(ids[:3])
    assert [3, 1] == ids[3:]


def test_what_was_looked_at_and_bought_does_not_come_again() -> None:
    assert 3 not in ask(mysteries(6, 6), [(BOUGHT, 3), (VIEWED, 3)], wanted=10)


def test_a_page_does_not_flicker() -> None:
    """Nor on another replica, whose own chance differs."""
    shop = mysteries(1000, 600)
    for did in ([], [(VIEWED, 500)]):
        assert ask(shop, did, seed=1) == ask(shop, did, seed=2)


def test_another_day_and_another_reader_see_other_books() -> None:
    shop = mysteries(1000, 600)
    assert ask(shop) != ask(shop, today=date(2026, 2, 1))
    assert ask(shop) != ask(shop, reader=READER + 1)


def test_nobody_in_particular_gets_something_else_each_time() -> None:
    shop = mysteries(1000, 600)
    ranking = PersonalRanking(NoHistory(), Random(1), lambda: TODAY)
    one, other = (
        ranking.recommend(shop, reader_id=NOBODY, category=Category.MYSTERY, wanted=5)
        for _ in range(2)
    )
    assert one != other


def test_nobody_has_no_history() -> None:
    shop = mysteries(1000, 600)
    ranking = PersonalRanking(Histories({NOBODY: [(VIEWED, 500)]}), Random(1), lambda: TODAY)
    given = ranking.recommend(shop, reader_id=NOBODY, category=Category.MYSTERY, wanted=5)
    assert 501 not in [each.book.id for each in given]


def test_no_three_volumes_of_a_series_follow_each_other() -> None:
    """Nine volumes are most like what the reader chose."""
    shop = mysteries(1000, 600, series=510)
    ids = ask(shop, [(BOUGHT, 501)], wanted=9)
    in_series = [series_of(f"x (Cases, #{n})") if n <= 510 else None for n in ids]
    triples = zip(in_series, in_series[1:], in_series[2:], strict=False)
    assert all(not all(triple) for triple in triples)
    assert [502, 503] == ids[:2]
