"""What each reader did of late, in memory: asked for each recommendation, so it never waits."""

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from recommendations.interaction import Interaction, InteractionKind

MAX_RECENT = 100
"""How many interactions of a reader are kept in memory, the latest ones."""

KINDS = tuple(InteractionKind)
"""By the number that stands for a kind in `Entry`."""


class Entry(NamedTuple):
    """A recorded interaction. Ids grow with time, save for a few that overlap."""

    id: int
    reader_id: int
    book_id: int
    kind: int


class BaseHistories:
    """Histories as read once: flat arrays, because there may be millions of interactions.

    rows: (reader, book, number of the kind), ascending by reader, the latest of a reader last.
    """

    def __init__(self, rows: Iterable[tuple[int, int, int]] = ()) -> None:
        self._readers = array("q")
        self._starts = array("q", [0])
        self._books = array("i")
        self._kinds = array("b")
        reader = 0
        for reader_id, book_id, kind in rows:
            if reader_id != reader:
                self._end_reader(reader)
                reader = reader_id
            self._books.append(book_id)
            self._kinds.append(kind)
        self._end_reader(reader)

    def __len__(self) -> int:
        return len(self._books)

    def latest_first(self, reader_id: int) -> Iterator[tuple[int, int]]:
        """Give book and number of the kind for what is kept of a reader."""
        at = bisect_left(self._readers, reader_id)
        if at < len(self._readers) and self._readers[at] == reader_id:
            for index in range(self._starts[at + 1] - 1, self._starts[at] - 1, -1):
                yield self._books[index], self._kinds[index]

    def _end_reader(self, reader_id: int) -> None:
        start = self._starts[-1]
        if start == len(self._books):
            return
        if (beyond := len(self._books) - start - MAX_RECENT) > 0:
            del self._books[start : start + beyond]
            del self._kinds[start : start + beyond]
        self._readers.append(reader_id)
        self._starts.append(len(self._books))


class ReaderHistories:
    """All histories: a base, and what came after it. Safe for use from any thread.

    To be told the same twice, or in another order, changes nothing.
    """

    def __init__(self) -> None:
        self._base = BaseHistories()
        self._since: dict[int, list[Entry]] = {}
        self._count = 0
        self._not_in_base: set[int] = set()
        self._lock = threading.Lock()

    @property
    def since_base(self) -> int:
        """How many interactions are kept besides the base: it should be read anew now and then."""
        return self._count

    def recent(self, reader_id: int) -> Sequence[Interaction]:
        """Give what a reader did, the latest first: each kind with each book once."""
        with self._lock:
            since = self._since.get(reader_id, ())
            said = dict.fromkeys((entry.book_id, entry.kind) for entry in reversed(since))
            if reader_id not in self._not_in_base:
                said.update(dict.fromkeys(self._base.latest_first(reader_id)))
        pairs = list(said)[:MAX_RECENT]
        return tuple(Interaction(reader_id, book_id, KINDS[kind]) for book_id, kind in pairs)

    def add(self, entries: Iterable[Entry]) -> None:
        """Note what readers did."""
        with self._lock:
            for entry in entries:
                self._add(entry)

    def forget(self, reader_id: int, up_to_id: int, *, base_too: bool = True) -> None:
        """Forget what a reader did up to an interaction.

        base_too: False where the base was read after they were deleted.
        """
        with self._lock:
            if base_too:
                self._not_in_base.add(reader_id)
            if entries := self._since.pop(reader_id, None):
                self._count -= len(entries)
                for entry in entries:
                    if entry.id > up_to_id:
                        self._add(entry)

    def replace_base(self, base: BaseHistories, up_to_id: int) -> None:
        """Take a base that holds every interaction up to an id, and keep those after it."""
        with self._lock:
            later = [each for of in self._since.values() for each in of if each.id > up_to_id]
            self._base = base
            self._not_in_base = set()
            self._since = {}
            self._count = 0
            for entry in later:
                self._add(entry)

    def _add(self, entry: Entry) -> None:
        of_reader = self._since.setdefault(entry.reader_id, [])
        at = bisect_left(of_reader, entry)
        if at < len(of_reader) and of_reader[at].id == entry.id:
            return
        of_reader.insert(at, entry)
        self._count += 1
        if len(of_reader) > MAX_RECENT:
            del of_reader[0]
            self._count -= 1
