"""What each reader did, as read once from all that is kept."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import accumulate, islice
from time import sleep

from recommendations.places import Places

MAX_RECENT = 100
"""How many interactions of a reader are kept in memory, the latest ones."""

_RUN = 50_000
_GIVE_WAY_EVERY = 5000
_GIVE_WAY_SECONDS = 1e-5


class BaseHistories:
    """Histories in flat arrays, because there may be millions of interactions. Immutable.

    batches: rows of (reader, book, number of the kind), the oldest first, some at a time.

    Rows are put in order of their readers here: a database would go through an index for it, which
    takes five times as long as to read the table. Other threads get their turn meanwhile.
    """

    def __init__(self, batches: Iterable[Sequence[tuple[int, int, int]]] = ()) -> None:
        readers, books, kinds = array("q"), array("i"), array("b")
        counts: Counter[int] = Counter()
        for rows in filter(None, batches):
            columns = zip(*rows, strict=True)
            for whole, part in zip((readers, books, kinds), columns, strict=True):
                whole.extend(part)
            # Some at a time: to count millions is one step, which no other thread interrupts.
            counts.update(readers[-len(rows) :])
        self._readers = array("q", _ascending(counts))
        self._places = Places(self._readers)
        kept = (min(counts[reader], MAX_RECENT) for reader in self._readers)
        self._starts = array("q", accumulate(kept, initial=0))
        self._books = array("i", [0]) * self._starts[-1]
        self._kinds = array("b", [0]) * self._starts[-1]
        self._place(readers, books, kinds, counts)

    def __len__(self) -> int:
        return len(self._books)

    def columns(self, reader_id: int) -> "tuple[array[int], array[int]]":
        """Give books and numbers of the kinds that are kept of a reader, the oldest first."""
        place = self._places.of(reader_id)
        if place is None:
            return array("i"), array("b")
        start, end = self._starts[place], self._starts[place + 1]
        return self._books[start:end], self._kinds[start:end]

    def latest_first(self, reader_id: int) -> Iterator[tuple[int, int]]:
        """Give book and number of the kind for what is kept of a reader."""
        return zip(*map(reversed, self.columns(reader_id)), strict=True)

    def _place(
        self,
        readers: "array[int]",
        books: "array[int]",
        kinds: "array[int]",
        counts: "Counter[int]",
    ) -> None:
        too_old = {r: count - MAX_RECENT for r, count in counts.items() if count > MAX_RECENT}
        free: dict[int, int] = {}
        for reader, start in zip(self._readers, self._starts, strict=False):
            free[reader] = start
        for number, reader in enumerate(readers):
            if number % _GIVE_WAY_EVERY == 0:
                sleep(_GIVE_WAY_SECONDS)
            if too_old.get(reader):
                too_old[reader] -= 1
                continue
            place = free[reader]
            self._books[place] = books[number]
            self._kinds[place] = kinds[number]
            free[reader] = place + 1


def _ascending(numbers: Iterable[int]) -> Iterator[int]:
    """Sort in many steps: a single one, of millions, would hold up every call."""
    rest = iter(numbers)
    runs = []
    while run := sorted(islice(rest, _RUN)):
        runs.append(run)
    return merge(*runs)
