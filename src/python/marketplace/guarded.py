"""Catalogue and readers' memory, asked only where it is not in vain."""

from collections.abc import Callable
from typing import TypeVar

from chassis.deadline import Budget
from marketplace.abilities import Abilities, Ability
from marketplace.book import Book
from marketplace.catalog import Catalog
from marketplace.circuit import Circuit
from marketplace.circuit_breaker import through
from marketplace.interaction import Interaction, InteractionKind
from marketplace.reader_memory import ReaderMemory

T = TypeVar("T")


class Guard:
    """The one circuit to the service, and what the service can do."""

    def __init__(self, circuit: Circuit, abilities: Abilities) -> None:
        self._circuit = circuit
        self._abilities = abilities

    def call(self, ability: Ability, call: Callable[[], T]) -> T:
        """Call, or raise RecommendationsTooOld or RecommendationsPaused at once."""
        return self._abilities.using(ability, lambda: through(self._circuit, call))


class GuardedCatalog:
    """See `Catalog`."""

    def __init__(self, catalog: Catalog, guard: Guard) -> None:
        self._catalog = catalog
        self._guard = guard

    def book(self, book_id: int, request_id: str, budget: Budget) -> Book:
        """See `Catalog`."""
        return self._guard.call(
            Ability.BOOK, lambda: self._catalog.book(book_id, request_id, budget)
        )

    def similar_books(
        self, book_id: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        return self._guard.call(
            Ability.SIMILAR_BOOKS,
            lambda: self._catalog.similar_books(book_id, max_results, request_id, budget),
        )

    def search(
        self, query: str, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        return self._guard.call(
            Ability.SEARCH, lambda: self._catalog.search(query, max_results, request_id, budget)
        )


class GuardedReaderMemory:
    """See `ReaderMemory`."""

    def __init__(self, memory: ReaderMemory, guard: Guard) -> None:
        self._memory = memory
        self._guard = guard

    def record(
        self,
        reader: int,
        book_id: int,
        kind: InteractionKind,
        key: str,
        request_id: str,
        budget: Budget,
    ) -> None:
        """See `ReaderMemory`."""
        self._guard.call(
            Ability.RECORD,
            lambda: self._memory.record(reader, book_id, kind, key, request_id, budget),
        )

    def recent(
        self, reader: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Interaction, ...]:
        """See `ReaderMemory`."""
        return self._guard.call(
            Ability.RECENT, lambda: self._memory.recent(reader, max_results, request_id, budget)
        )

    def forget(self, reader: int, request_id: str, budget: Budget) -> None:
        """See `ReaderMemory`."""
        self._guard.call(Ability.FORGET, lambda: self._memory.forget(reader, request_id, budget))
