"""What each reader did, as read once from all that is kept."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import accumulate, islice
from time import sleep

from recommendations.large_pages import Numbers, in_large_pages
from recommendations.spans import Spans

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
        ids = array("q", _ascending(counts))
        starts = array("q", accumulate((min(counts[each], MAX_RECENT) for each in ids), initial=0))
        self._spans = Spans(ids, islice(starts, len(ids)), islice(starts, 1, None))
        placed = _placed(readers, books, kinds, counts, zip(ids, starts, strict=False))
        self._books, self._kinds = map(in_large_pages, placed)

    def __len__(self) -> int:
        return len(self._books)

    def columns(self, reader_id: int) -> "tuple[Numbers[int], Numbers[int]]":
        """Give books and numbers of the kinds that are kept of a reader, the oldest first."""
        begin, end = self._spans.of(reader_id)
        return self._books[begin:end], self._kinds[begin:end]

    def latest_first(self, reader_id: int) -> Iterator[tuple[int, int]]:
        """Give book and number of the kind for what is kept of a reader."""
        return zip(*map(reversed, self.columns(reader_id)), strict=True)


def _placed(
    readers: "array[int]",
    books: "array[int]",
    kinds: "array[int]",
    counts: "Counter[int]",
    starts: Iterable[tuple[int, int]],
) -> "tuple[array[int], array[int]]":
    """Give books and kinds with those of each reader together, from where they are to start."""
    too_old = {r: count - MAX_RECENT for r, count in counts.items() if count > MAX_RECENT}
    kept = len(readers) - sum(too_old.values())
    books_placed, kinds_placed = array("i", [0]) * kept, array("b", [0]) * kept
    free: dict[int, int] = {}
    for reader, start in starts:
        free[reader] = start
    for number, reader in enumerate(readers):
        if number % _GIVE_WAY_EVERY == 0:
            sleep(_GIVE_WAY_SECONDS)
        if too_old.get(reader):
            too_old[reader] -= 1
            continue
        place = free[reader]
        books_placed[place] = books[number]
        kinds_placed[place] = kinds[number]
        free[reader] = place + 1
    return books_placed, kinds_placed


def _ascending(numbers: Iterable[int]) -> Iterator[int]:
    """Sort in many steps: a single one, of millions, would hold up every call."""
    rest = iter(numbers)
    runs = []
    while run := sorted(islice(rest, _RUN)):
        runs.append(run)
    return merge(*runs)
