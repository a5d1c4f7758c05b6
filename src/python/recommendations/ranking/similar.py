"""Books like those that a reader chose, by what was learned."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from recommendations.book import Category
from recommendations.ranking.recommendation import Reason, ReasonKind, Recommendation
from recommendations.shop import Shop

MAX_PROFILE = 20
"""How many of the books that a reader chose last are looked at."""
MAX_VOTES = 400
"""How many similar books are looked at together, to bound the cost of an answer."""


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
    if shop.votes is None:
        return
    said = shop.votes.by(chosen[:MAX_PROFILE], category, MAX_VOTES)
    find = shop.catalog.get
    for book_id in _loudest_first(said.sums(), salt):
        if book_id not in taken and (book := find(book_id)):
            taken.add(book_id)
            because = find(said.loudest(book_id))
            yield Recommendation(book, Reason(ReasonKind.SIMILAR, because))


def _loudest_first(sums: Mapping[int, float], salt: int) -> Iterator[int]:
    ranked = sorted(sums, key=sums.__getitem__, reverse=True)
    for _, equals in groupby(ranked, key=sums.__getitem__):
        yield from sorted(equals, key=salt.__xor__)
