"""What readers do: told, listed, and forgotten."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from recommendations.base_histories import MAX_RECENT
from recommendations.book import Book
from recommendations.errors import FieldViolation, InvalidRequest, NothingKept, UnknownBook
from recommendations.interaction import Interaction, InteractionKind
from recommendations.reader_histories import ReaderHistories
from recommendations.recommender import max_results_violations
from recommendations.shop import Shop

DEFAULT_INTERACTIONS = 20
MAX_KEY_LENGTH = 64

_KEY = re.compile(rf"[!-~]{{1,{MAX_KEY_LENGTH}}}")


class Interactions(Protocol):
    """Keeps interactions for good; see `storage.interactions.SqlInteractions`."""

    def record(self, interaction: Interaction, idempotency_key: str) -> None:
        """Keep an interaction, and return when it is kept."""

    def forget(self, reader_id: int) -> int:
        """Delete all that a reader did; give how many interactions it was."""


class NoInteractions:
    """Keeps nothing, and says so: for a service without a database."""

    def record(self, interaction: Interaction, idempotency_key: str) -> None:
        """Raise NothingKept."""
        raise NothingKept

    def forget(self, reader_id: int) -> int:
        """Nothing was kept."""
        return 0


class Done(NamedTuple):
    """Something that a reader did."""

    book: Book
    kind: InteractionKind


class Readers:
    """Answers for what readers do. Safe for use from any thread; `record` and `forget` block."""

    def __init__(
        self,
        shops: Callable[[], Shop],
        interactions: Interactions,
        histories: ReaderHistories,
        now: Callable[[], datetime],
    ) -> None:
        self._shops = shops
        self._interactions = interactions
        self._histories = histories
        self._now = now

    def record(
        self, *, user_id: int, book_id: int, kind: InteractionKind | None, idempotency_key: str
    ) -> None:
        """Keep what a reader did; once, however often it is told under one key.

        kind: None when the caller named none, or none that exists.
        idempotency_key: 1 to `MAX_KEY_LENGTH` printable ASCII characters without spaces.

        Raises InvalidRequest, UnknownBook, KeyReused, NothingKept or DatabaseUnavailable.
        """
        violations = _user_violations(user_id)
        if kind is None:
            violations.append(FieldViolation("kind", "must be one of the kinds of interaction"))
        if not _KEY.fullmatch(idempotency_key):
            description = f"must be 1 to {MAX_KEY_LENGTH} printable ASCII characters, no spaces"
            violations.append(FieldViolation("idempotency_key", description))
        if kind is None or violations:
            raise InvalidRequest(violations)
        if self._shops().catalog.get(book_id) is None:
            raise UnknownBook(book_id)
        self._interactions.record(Interaction(user_id, book_id, kind, self._now()), idempotency_key)

    def recent(self, *, user_id: int, max_results: int) -> tuple[Done, ...]:
        """Give what a reader did of late, the latest first, each kind with each book once.

        max_results: 0 means `DEFAULT_INTERACTIONS`; more than `MAX_RECENT` means that.

        Raises InvalidRequest or NoCatalog. What the catalogue no longer has is left out.
        """
        if violations := _user_violations(user_id) + max_results_violations(max_results):
            raise InvalidRequest(violations)
        get = self._shops().catalog.get
        recent = self._histories.recent(user_id)
        done = (Done(book, each.kind) for each in recent if (book := get(each.book_id)))
        wanted = min(max_results or DEFAULT_INTERACTIONS, MAX_RECENT)
        return tuple(each for each, _ in zip(done, range(wanted), strict=False))

    def forget(self, *, user_id: int) -> int:
        """Delete all that is kept of a reader; give how many interactions it was.

        Raises InvalidRequest or DatabaseUnavailable.
        """
        if violations := _user_violations(user_id):
            raise InvalidRequest(violations)
        return self._interactions.forget(user_id)


def _user_violations(user_id: int) -> list[FieldViolation]:
    return [] if user_id > 0 else [FieldViolation("user_id", "must be 1 or more")]
