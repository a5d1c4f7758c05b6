"""What ranking asks of the outside."""

from collections.abc import Sequence
from typing import Protocol

from recommendations.book import Category
from recommendations.interaction import Interaction
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

    def recent(self, reader_id: int) -> Sequence[Interaction]:
        """Give what a reader did, the latest first; a bounded number; none where unknown.

        Answers from memory: a request waits for it.
        """
        ...


class NoHistory:
    """Knows nobody."""

    def recent(self, reader_id: int) -> Sequence[Interaction]:
        """See `ReaderHistory`."""
        return ()
