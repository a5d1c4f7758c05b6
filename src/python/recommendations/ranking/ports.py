"""What ranking asks of the outside."""

from typing import Protocol

from recommendations.book import Category
from recommendations.interaction import NO_PROFILE, Profile
from recommendations.ranking.recommendation import Recommendation
from recommendations.shop import Shop

NOBODY = 0
"""The reader's id of those who do not say who they are."""


class Ranking(Protocol):
    """A way to recommend."""

    def recommend(
        self, shop: Shop, *, reader_id: int, category: Category, wanted: int
    ) -> tuple[Recommendation, ...]:
        """Give distinct books of a category, as many as wanted or as the reader may like.

        reader_id: 1 or more, or `NOBODY`.
        """
        ...


class ReaderHistory(Protocol):
    """What readers did of late."""

    def profile(self, reader_id: int) -> Profile:
        """Give what a reader did of late, which is bounded; `NO_PROFILE` where nothing is known.

        Answers from memory: a request waits for it.
        """
        ...


class NoHistory:
    """Knows nobody."""

    def profile(self, reader_id: int) -> Profile:
        """See `ReaderHistory`."""
        return NO_PROFILE
