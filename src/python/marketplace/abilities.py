"""What the recommendations service of the moment can do: it may be of an earlier release."""

import enum
import threading
from collections.abc import Callable
from typing import TypeVar

from marketplace.errors import RecommendationsTooOld

T = TypeVar("T")

RECHECK_SECONDS = 30.0
"""How long nothing is asked that could not be done."""
HIDDEN_SECONDS = 600.0
"""How long pages do without it, unless somebody has asked again and got it."""


class Ability(enum.Enum):
    """Something that not every release can do."""

    BOOK = enum.auto()
    SIMILAR_BOOKS = enum.auto()
    SEARCH = enum.auto()
    RECORD = enum.auto()
    RECENT = enum.auto()
    FORGET = enum.auto()


class Abilities:
    """Remembers for a while what could not be done. Safe to use from several threads.

    clock: gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed_at: dict[Ability, float] = {}

    def lacks(self, ability: Ability) -> bool:
        """Tell whether the service could not do it the last time, not long ago."""
        return self._failed_within(HIDDEN_SECONDS, ability)

    def lacking(self) -> frozenset[Ability]:
        """Give all that the service could not do the last time, not long ago."""
        if not self._failed_at:  # As always but for days of a change of releases.
            return frozenset()
        return frozenset(each for each in Ability if self.lacks(each))

    def using(self, ability: Ability, call: Callable[[], T]) -> T:
        """Call, unless it is in vain: then raise RecommendationsTooOld at once."""
        if self._failed_within(RECHECK_SECONDS, ability):
            raise RecommendationsTooOld(f"it cannot do {ability.name}")
        try:
            answer = call()
        except RecommendationsTooOld:
            with self._lock:
                self._failed_at[ability] = self._clock()
            raise
        if self._failed_at:
            with self._lock:
                self._failed_at.pop(ability, None)
        return answer

    def _failed_within(self, seconds: float, ability: Ability) -> bool:
        if not self._failed_at:
            return False
        with self._lock:
            return self._clock() - self._failed_at.get(ability, float("-inf")) < seconds
