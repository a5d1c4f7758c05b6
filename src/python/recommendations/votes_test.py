from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommendations import votes as module
from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.shop_test import book, model
from recommendations.votes import Said, Votes

FAR = 10**9
"""Added to ids, so that they lie too far apart for a table."""


def by_voter(said: Said) -> list[tuple[int, dict[int, float]]]:
    bounds = pairwise([0, *said.ends])
    return [
        (voter, dict(zip(said.book_ids[begin:end], said.scores[begin:end], strict=True)))
        for voter, (begin, end) in zip(said.voters, bounds, strict=True)
    ]


ids = st.integers(1, 12)
said = st.dictionaries(ids, st.dictionaries(ids, st.sampled_from([0.25, 0.5, 1.0]), max_size=9))
shelves = st.dictionaries(ids, st.lists(st.sampled_from(Category), min_size=1, unique=True))


@settings(deadline=None)
@given(
    said,
    shelves,
    st.lists(ids, unique=True),
    st.sampled_from([None, *Category]),
    st.integers(0, 40),
    st.sampled_from([0, FAR]),
)
# Who has nothing to say takes nobody's share.
@example({1: {}, 2: {1: 0.25}}, {1: [Category.MYSTERY], 2: [Category.MYSTERY]}, [1, 2], None, 1, 0)
def test_votes_are_those_that_a_look_at_each_book_would_leave(
    said: Mapping[int, Mapping[int, float]],
    shelves: Mapping[int, list[Category]],
    chosen: list[int],
    category: Category | None,
    most: int,
    far: int,
) -> None:
    catalog = Catalog([book(far * (n % 2) + n, *on) for n, on in shelves.items()])
    similar = {
        far * (n % 2) + n: [(far * (other % 2) + other, score) for other, score in of.items()]
        for n, of in said.items()
    }
    learned = model(dict.fromkeys(similar, 1), similar)
    chosen = [far * (n % 2) + n for n in chosen]

    voters = [n for n in chosen if similar.get(n) and catalog.get(n)]
    expected: list[tuple[int, dict[int, float]]] = []
    for n in voters:
        heard = {
            other: score
            for other, score in similar[n][: most // len(voters)]
            if (there := catalog.get(other)) and (not category or category in there.categories)
        }
        if heard:
            expected.append((n, heard))

    given = Votes(catalog, learned).by(chosen, category, most)

    assert expected == by_voter(given)
    sums: dict[int, float] = {}
    for _, heard in expected:
        for other, score in heard.items():
            sums[other] = sums.get(other, 0.0) + score
    assert sums == given.sums()
    for other in sums:
        loudest = max(expected, key=lambda voter: voter[1].get(other, 0.0))
        assert loudest[0] == given.loudest(other)


def test_a_model_of_many_books_is_looked_at_piece_by_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or calls would wait for the whole of it."""
    monkeypatch.setattr(module, "_CHUNK", 2)
    catalog = Catalog([book(n) for n in range(1, 8)])
    votes = Votes(catalog, model({1: 1}, {1: [(n, 1 / n) for n in (2, 88, 3, 4, 99, 5, 6)]}))
    assert [2, 3, 4, 5, 6] == votes.by([1], Category.MYSTERY, 100).book_ids


def test_a_bit_stands_for_each_category() -> None:
    """They share a byte."""
    books = {category: book(n, category) for n, category in enumerate(Category, 2)}
    similar = {1: [(each.id, 1.0) for each in books.values()]}
    votes = Votes(Catalog([book(1), *books.values()]), model({1: 1}, similar))
    for category, only in books.items():
        assert [(1, {only.id: 1.0})] == by_voter(votes.by([1], category, 100))


def test_books_of_which_the_model_says_nothing_leave_their_part_to_others() -> None:
    catalog = Catalog([book(n) for n in range(1, 5)])
    votes = Votes(catalog, model({1: 1, 2: 1}, {2: [(3, 1.0), (4, 1.0)]}))
    assert [(2, {3: 1.0, 4: 1.0})] == by_voter(votes.by([1, 2], None, 2))
