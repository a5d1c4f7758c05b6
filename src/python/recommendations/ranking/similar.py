"""Books like those that a reader chose, by what was learned."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from recommendations.book import Book, Category
from recommendations.learning.model import LearnedModel
from recommendations.ranking.recommendation import Reason, ReasonKind, Recommendation
from recommendations.shop import Shop

MAX_PROFILE = 20
"""How many of the books that a reader chose last are looked at."""
MAX_VOTES = 400
"""How many similar books are looked at together, to bound the cost of an answer."""
_SUM = itemgetter(1)


def similar(
    shop: Shop,
    category: Category | None,
    chosen: Sequence[int],
    salt: int,
    taken: set[int],
) -> Iterator[Recommendation]:
    """Give books that the chosen ones speak for, those with the most to be said for them first.

    What each chosen book says for another one is added up, as in training's evaluation; the reason
    is the one that says most.

    category: of the books to give; None for any.
    chosen: ids of books, the latest first; those after `MAX_PROFILE` are ignored.
    salt: a natural number that decides between equals.
    taken: ids of books to leave out; those that are given are added.
    """
    find = shop.catalog.get
    because = [book for book_id in chosen[:MAX_PROFILE] if (book := find(book_id))]
    votes = _votes(shop.model, because)
    eligible = shop.catalog.ids_in(category)
    sums: defaultdict[int, float] = defaultdict(float)
    for _, ids, scores in votes:
        for book_id, score in zip(ids, scores, strict=True):
            sums[book_id] += score
    for book_id in _loudest_first(sums, salt):
        # Not before, and not of all: among a million ids each look waits for memory, for longer
        # than it takes to add and to sort.
        if book_id in eligible and book_id not in taken and (book := find(book_id)):
            taken.add(book_id)
            yield Recommendation(book, Reason(ReasonKind.SIMILAR, _loudest(votes, book_id)))


def _loudest_first(sums: Mapping[int, float], salt: int) -> Iterator[int]:
    ranked = sorted(sums.items(), key=_SUM, reverse=True)
    for _, equals in groupby(ranked, key=_SUM):
        yield from sorted((book_id for book_id, _ in equals), key=salt.__xor__)


_Votes: TypeAlias = "list[tuple[Book, array[int], array[float]]]"
"""Books that were chosen, the ids of books that each speaks for, and how much."""


def _votes(model: LearnedModel | None, voters: Sequence[Book]) -> _Votes:
    if model is None or not voters:
        return []
    most = MAX_VOTES // len(voters)
    return [(voter, *model.most_similar(voter.id, most)) for voter in voters]


def _loudest(votes: _Votes, book_id: int) -> Book:
    """Give the chosen book that says most for a book. Asked for few, so nothing is kept for it."""
    said = ((scores[ids.index(book_id)], voter) for voter, ids, scores in votes if book_id in ids)
    return max(said, key=itemgetter(0))[1]
