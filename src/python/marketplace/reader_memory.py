"""What readers did, as pages see it."""

from typing import Protocol

from chassis.deadline import Budget
from marketplace.interaction import Interaction, InteractionKind


class ReaderMemory(Protocol):
    """Keeps what readers do. Safe to use from several threads at once.

    In all methods, reader is a number of 1 or more; request_id ties the logs of both services
    together, see `marketplace.request_id`; and the answer, or the failure, comes within the budget.
    All raise NoRecommendations: then what was to be kept, or forgotten, may or may not be.
    """

    def record(
        self,
        reader: int,
        book_id: int,
        kind: InteractionKind,
        key: str,
        request_id: str,
        budget: Budget,
    ) -> None:
        """Keep what a reader did; on return it is not lost any more. Raises NoSuchBook.

        key: 1 to 64 characters; a second time with the same one changes nothing.
        """

    def recent(
        self, reader: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Interaction, ...]:
        """Give what a reader did, the latest first, each book and kind once at most."""

    def forget(self, reader: int, request_id: str, budget: Budget) -> None:
        """Delete all that is kept of a reader, for good."""
