"""Questions that stay in flight until a test says how they end."""

import threading
from concurrent.futures import Future

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.recommendations import Answer

MAX_SECONDS = 30.0


class WatchedBudget(Budget):
    """A budget that shows that somebody has begun to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.waits = threading.Event()

    def left_seconds(self) -> float:
        """See `Budget`."""
        self.waits.set()
        return super().left_seconds()


class HeldRecommendations:
    """Recommendations that hold each question until they are told how it ends."""

    def __init__(self) -> None:
        self.asked: list[tuple[Category, int, str]] = []
        self.end: Future[Answer] = Future()

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        self.asked.append((category, max_results, request_id))
        return self.end.result(MAX_SECONDS)
