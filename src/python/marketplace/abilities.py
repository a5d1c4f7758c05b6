"""What the recommendations service of the moment can do: it may be of an earlier release."""

import enum
import threading
from collections.abc import Callable
from typing import TypeVar

from marketplace.errors import RecommendationsTooOld

T = TypeVar("T")

RECHECK_SECONDS = 30.0


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
        self._lacking_until: dict[Ability, float] = {}

    def lacks(self, ability: Ability) -> bool:
        """Tell whether the service could not do it a moment ago."""
        with self._lock:
            return self._clock() < self._lacking_until.get(ability, float("-inf"))

    def using(self, ability: Ability, call: Callable[[], T]) -> T:
        """Call, unless it is in vain: then raise RecommendationsTooOld at once."""
        if self.lacks(ability):
            raise RecommendationsTooOld(f"it cannot do {ability.name}")
        try:
            return call()
        except RecommendationsTooOld:
            with self._lock:
                self._lacking_until[ability] = self._clock() + RECHECK_SECONDS
            raise
