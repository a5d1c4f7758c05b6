"""Which books to recommend: a random choice of a category's books, under one rule for each API."""

import random
from collections.abc import Callable, Sequence

from recommendations.book import Book, Category
from recommendations.errors import FieldViolation, InvalidRequest, UnknownCategory
from recommendations.shop import Shop

DEFAULT_RESULTS = 10
"""How many books `Recommender.recommend` gives when the caller names no number."""
MAX_RESULTS = 1000
"""The most books that `Recommender.recommend` gives; a larger wish is lowered to it (AIP-158)."""


class Recommender:
    """Chooses distinct books of a category, in random order.

    Safe to share between threads without a lock: a shop is immutable, and each step of
    `rng` is atomic, so any interleaving of calls still gives each caller distinct books with equal
    chances. Only the sequence under a seed is lost: it repeats when one thread calls in one order.
    `rng` needs no cryptographic strength, for nothing secret depends on the choice.
    """

    def __init__(self, shops: Callable[[], Shop], rng: random.Random) -> None:
        self._shops = shops
        self._rng = rng

    def recommend(
        self, *, user_id: int, category: Category | None, max_results: int
    ) -> tuple[Book, ...]:
        """Answer as v1 does, from all books of the category.

        user_id: 0 or more; 0 is nobody in particular. It does not sway the choice yet.
        category: None when the caller named none, or none that exists.
        max_results: 0 means `DEFAULT_RESULTS`, above `MAX_RESULTS` means `MAX_RESULTS`.

        Raises InvalidRequest with every mistake of the three together, or NoCatalog.
        """
        violations = []
        if user_id < 0:
            violations.append(FieldViolation("user_id", "must not be negative"))
        if category is None:
            violations.append(FieldViolation("category", "must be one of the book categories"))
        violations.extend(max_results_violations(max_results))
        if category is None or violations:
            raise InvalidRequest(violations)
        wanted = min(max_results or DEFAULT_RESULTS, MAX_RESULTS)
        return self._sample(self._shops().catalog.books_in(category), wanted)

    def recommend_featured(
        self, *, category: Category | None, max_results: int
    ) -> tuple[Book, ...]:
        """Answer as the legacy API does: from the featured books of the category if it has any.

        category: None when the caller named one that does not exist.
        max_results: 0 gives none, and there is no maximum: more than there are gives all.

        Raises UnknownCategory, InvalidRequest for a negative number, or NoCatalog.
        """
        if category is None:
            raise UnknownCategory
        if violations := max_results_violations(max_results):
            raise InvalidRequest(violations)
        catalog = self._shops().catalog
        featured = catalog.books_in(category, featured_only=True)
        return self._sample(featured or catalog.books_in(category), max_results)

    def _sample(self, books: Sequence[Book], wanted: int) -> tuple[Book, ...]:
        # random.sample costs what it gives, not what it chooses from.
        return tuple(self._rng.sample(books, min(wanted, len(books))))


def max_results_violations(max_results: int) -> list[FieldViolation]:
    """Say what is wrong with the number of results that a caller wants."""
    if max_results < 0:
        return [FieldViolation("max_results", "must not be negative")]
    return []
