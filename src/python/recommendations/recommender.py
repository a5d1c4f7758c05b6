"""Which books to recommend, under the rules of each API."""

import random
from collections.abc import Callable
from itertools import islice

from recommendations.book import Book, Category
from recommendations.errors import FieldViolation, InvalidRequest, UnknownCategory
from recommendations.ranking.popular import popular
from recommendations.ranking.ports import Ranking
from recommendations.ranking.recommendation import Recommendation
from recommendations.shop import Shop

DEFAULT_RESULTS = 10
"""How many books `Recommender.recommend` gives when the caller names no number."""
MAX_RESULTS = 1000
"""The most books that `Recommender.recommend` gives; a larger wish is lowered to it (AIP-158)."""


class Recommender:
    """Answers both APIs from the shop of the moment.

    Safe to share between threads without a lock: a shop is immutable, and each step of `rng` is
    atomic, so any interleaving of calls still gives each caller distinct books. `rng` needs no
    cryptographic strength, for nothing secret depends on the choice.

    ranking: chooses for a reader. Where it fails, popular books are chosen.
    report: told of each such failure.
    """

    def __init__(
        self,
        shops: Callable[[], Shop],
        ranking: Ranking,
        rng: random.Random,
        report: Callable[[Exception], None],
    ) -> None:
        self._shops = shops
        self._ranking = ranking
        self._rng = rng
        self._report = report

    def recommend(
        self, *, user_id: int, category: Category | None, max_results: int
    ) -> tuple[Recommendation, ...]:
        """Answer as v1 does, from all books of the category.

        user_id: the reader, 0 or more; 0 is nobody in particular.
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
        shop = self._shops()
        try:
            return self._ranking.recommend(
                shop, reader_id=user_id, category=category, wanted=wanted
            )
        except Exception as error:
            # Whatever is wrong with this reader or this model, popular books are better than none.
            self._report(error)
            return tuple(islice(popular(shop, category, wanted, self._rng, set()), wanted))

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
        books = catalog.books_in(category, featured_only=True) or catalog.books_in(category)
        # random.sample costs what it gives, not what it chooses from.
        return tuple(self._rng.sample(books, min(max_results, len(books))))


def max_results_violations(max_results: int) -> list[FieldViolation]:
    """Say what is wrong with the number of results that a caller wants."""
    if max_results < 0:
        return [FieldViolation("max_results", "must not be negative")]
    return []
