"""What was said last, for when nothing is said: a bounded memory that knows how old things are."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Question = TypeVar("Question")
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Ages:
    """How old an answer may be, in seconds.

    fresh_seconds: while an answer that is the same for all is younger, nobody is asked. 0: somebody
        always is.
    stale_seconds: an answer that is younger stands in for a failure. 0: none does.
    """

    fresh_seconds: float
    stale_seconds: float


class LastGood(Generic[Question, Said]):
    """Keeps the last answer to each question. Safe to use from several threads.

    clock: gives seconds that never go back.
    most: how many are kept; the one that was of no use for longest goes first.
    """

    def __init__(self, clock: Callable[[], float], most: int) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Question, tuple[Said, float]] = OrderedDict()

    def younger_than(self, seconds: float, question: Question) -> Said | None:
        """Give the answer, None if it is too old or there is none."""
        with self._lock:
            kept = self._kept.get(question)
            if kept is None or self._clock() - kept[1] >= seconds:
                return None
            self._kept.move_to_end(question)
            return kept[0]

    def keep(self, question: Question, answer: Said) -> None:
        """Remember an answer of now."""
        with self._lock:
            self._kept[question] = (answer, self._clock())
            self._kept.move_to_end(question)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def drop(self, concerns: Callable[[Question], bool]) -> None:
        """Forget the answers to some questions."""
        with self._lock:
            for question in [each for each in self._kept if concerns(each)]:
                del self._kept[question]
