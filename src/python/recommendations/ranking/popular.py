"""What many readers chose, with a few books that nobody would find otherwise."""

from collections.abc import Iterator
from itertools import chain, islice
from math import log
from random import Random

from recommendations.book import Category
from recommendations.ranking.recommendation import EXPLORATION, POPULAR, Recommendation
from recommendations.shop import Shop

EXPLORED = 0.15
"""The part of places that chance fills from the whole category."""
WINDOW = 20
"""Places are drawn from so many of the most popular books, and twice as many as are wanted."""
_TRIES = 3


def popular(
    shop: Shop, category: Category, wanted: int, rng: Random, taken: set[int]
) -> Iterator[Recommendation]:
    """Give all books of a category once, popular ones first, in an order that `rng` decides.

    The first places are drawn from the most popular books, with chances that fall with their rank,
    so that another reader, or another day, sees others of them. In some places, a book of the whole
    category stands instead: no book would ever become known otherwise.

    wanted: how many will be taken; more cost more. What is taken costs the same at any size of the
        catalogue, unless more are taken than are wanted.
    taken: ids of books to leave out; those that are given are added.
    """
    everything = shop.catalog.books_in(category)
    ranked = shop.popular_in(category)
    window = ranked[: WINDOW + 2 * wanted]
    # Draws without putting back, by weights of 1 / (rank + wanted); Efraimidis and Spirakis (2006).
    keys = [-log(1.0 - rng.random()) * (rank + wanted) for rank in range(1, len(window) + 1)]
    drawn = (window[index] for index in sorted(range(len(window)), key=keys.__getitem__))
    for book in chain(drawn, islice(ranked, len(window), None)):
        if rng.random() < EXPLORED:
            for _ in range(_TRIES):
                other = rng.choice(everything)
                if other.id not in taken:
                    taken.add(other.id)
                    yield Recommendation(other, EXPLORATION)
                    break
        if book.id not in taken:
            taken.add(book.id)
            yield Recommendation(book, POPULAR)
    # So many random ones hold as many as are wanted that are not among the taken.
    some = min(wanted + len(taken), len(everything))
    for book in rng.sample(everything, some):
        if book.id not in taken:
            taken.add(book.id)
            yield Recommendation(book)
