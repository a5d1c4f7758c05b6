"""What one process has learnt of recommendations, and its locks, are not for its children."""

import os
import threading
import weakref
from collections.abc import Callable

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.recommendations import Answer, Recommendations


class PerProcess:
    """Recommendations that each process makes for itself, when it first asks.

    What `make` gives need not care for forks: a child never touches its parent's, whose locks some
    thread may have held at the fork. Safe to use from several threads. See `Recommendations`.
    """

    def __init__(self, make: Callable[[], Recommendations]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Recommendations | None = None
        this = weakref.ref(self)

        def forked() -> None:
            if (inherited := this()) is not None:
                inherited._start_anew()

        os.register_at_fork(after_in_child=forked)

    def recommend(
        self, category: Category, max_results: int, request_id: str, budget: Budget
    ) -> Answer:
        """See `Recommendations`."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            made = self._made
        return made.recommend(category, max_results, request_id, budget)

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        self._made = None
