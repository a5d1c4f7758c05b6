"""Books like those that a reader chose, by what was learned."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from recommendations.book import Book, Category
from recommendations.learning.model import LearnedModel
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
    find = shop.catalog.get
    because = [book for book_id in chosen[:MAX_PROFILE] if (book := find(book_id))]
    scores, loudest = _votes(shop.model, because)
    ranked = [
        (-score, book_id ^ salt, book)
        for book_id, score in scores.items()
        if book_id not in taken
        and (book := find(book_id))
        and (category is None or category in book.categories)
    ]
    ranked.sort(key=itemgetter(0, 1))
    for _, _, book in ranked:
        taken.add(book.id)
        yield Recommendation(book, Reason(ReasonKind.SIMILAR, because[loudest[book.id]]))


def _votes(
    model: LearnedModel | None, voters: Sequence[Book]
) -> tuple[dict[int, float], dict[int, int]]:
    """Add up what books say for others; give the sums, and the index of who says most, by id."""
    sums: dict[int, float] = {}
    most: dict[int, float] = {}
    loudest: dict[int, int] = {}
    if model is None or not voters:
        return sums, loudest
    votes_each = MAX_VOTES // len(voters)
    for index, voter in enumerate(voters):
        if row := model.row(voter.id):
            for book_id, score in zip(row.similar[:votes_each], row.scores, strict=False):
                sums[book_id] = sums.get(book_id, 0.0) + score
                if score > most.get(book_id, 0.0):
                    most[book_id] = score
                    loudest[book_id] = index
    return sums, loudest
