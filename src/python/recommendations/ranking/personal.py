"""What to recommend to one reader, on one day."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import chain, compress, islice
from random import Random

from recommendations.book import Category
from recommendations.interaction import NO_PROFILE, Profile
from recommendations.ranking.popular import popular
from recommendations.ranking.ports import NOBODY, ReaderHistory
from recommendations.ranking.recommendation import Recommendation
from recommendations.ranking.series import spaced
from recommendations.ranking.similar import similar
from recommendations.shop import Shop


class PersonalRanking:
    """Chooses books for readers. Safe to share between threads without a lock.

    A reader who asks again on the same day gets the same, unless the reader did something, or the
    books or the model changed: chance is seeded by reader, day and category, on every replica
    alike. Nobody in particular gets something else each time, by `rng`.

    today: the day, in the same time zone on every replica.
    """

    def __init__(self, history: ReaderHistory, rng: Random, today: Callable[[], date]) -> None:
        self._history = history
        self._rng = rng
        self._today = today

    def recommend(
        self, shop: Shop, *, reader_id: int, category: Category, wanted: int
    ) -> tuple[Recommendation, ...]:
        """See `Ranking`.

        First those like the books that the reader chose, then popular ones. None that the reader
        has: bought or wished for. Those that the reader only looked at come last.
        """
        profile = self._history.profile(reader_id) if reader_id != NOBODY else NO_PROFILE
        rng = self._chance(reader_id, category)
        taken = set(profile.book_ids)
        seen = profile.book_ids
        if len(taken) < len(seen):
            seen = list(dict.fromkeys(seen))
        found = chain(
            similar(shop, category, seen, rng.getrandbits(31), taken),
            popular(shop, category, wanted, rng, taken),
            _again(shop, category, seen, profile),
        )
        return tuple(islice(spaced(found), wanted))

    def _chance(self, reader_id: int, category: Category) -> Random:
        if reader_id == NOBODY:
            return self._rng
        return Random(f"{reader_id}/{self._today().isoformat()}/{category.value}")


def _again(
    shop: Shop, category: Category, seen: Iterable[int], profile: Profile
) -> Iterator[Recommendation]:
    has = set(compress(profile.book_ids, profile.wanted))
    for book_id in seen:
        book = shop.catalog.get(book_id) if book_id not in has else None
        if book and category in book.categories:
            yield Recommendation(book)
