"""What each reader did of late, in memory: asked for each recommendation, so it never waits."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recommendations.base_histories import MAX_RECENT, BaseHistories
from recommendations.interaction import Interaction, InteractionKind, Profile

KINDS = tuple(InteractionKind)
"""By the number that stands for a kind in `Entry`; that of VIEWED is 0."""


class Entry(NamedTuple):
    """A recorded interaction. Ids grow with time, save for a few that overlap."""

    id: int
    reader_id: int
    book_id: int
    kind: int


class ReaderHistories:
    """All histories: a base, and what came after it. Safe for use from any thread.

    To be told the same twice, or in another order, changes nothing.
    """

    def __init__(self) -> None:
        self._base = BaseHistories()
        self._since: dict[int, list[Entry]] = {}
        self._count = 0
        self._not_in_base: set[int] = set()
        # Those forgotten since what is being read was begun, which may still tell of them.
        self._forgotten: dict[int, int] = {}
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

    def profile(self, reader_id: int) -> Profile:
        """Give the same as `recent` does, as far as recommendations take it into account."""
        with self._lock:
            plain = reader_id not in self._since and reader_id not in self._not_in_base
            base = self._base
        if plain:
            # Of most readers, at a tenth of the cost.
            return Profile(*(column.tolist()[::-1] for column in base.columns(reader_id)))
        recent = self.recent(reader_id)
        wanted = [each.kind is not InteractionKind.VIEWED for each in recent]
        return Profile([each.book_id for each in recent], wanted)

    def begin_reading(self) -> None:
        """Say that what is told from now on was read after this, by a single thread."""
        with self._lock:
            self._forgotten = {}

    def add(self, entries: Iterable[Entry]) -> None:
        """Note what readers did."""
        with self._lock:
            for entry in entries:
                self._add(entry)

    def forget(self, reader_id: int, up_to_id: int, *, base_too: bool = True) -> None:
        """Forget what a reader did up to an interaction, also what is about to be told of it.

        base_too: False where the base was read after they were deleted.
        """
        with self._lock:
            self._forgotten[reader_id] = max(up_to_id, self._forgotten.get(reader_id, 0))
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
            self._not_in_base = set(self._forgotten)
            self._since = {}
            self._count = 0
            for entry in later:
                self._add(entry)

    def _add(self, entry: Entry) -> None:
        if entry.id <= self._forgotten.get(entry.reader_id, 0):
            return
        of_reader = self._since.setdefault(entry.reader_id, [])
        at = bisect_left(of_reader, entry)
        if at < len(of_reader) and of_reader[at].id == entry.id:
            return
        of_reader.insert(at, entry)
        self._count += 1
        if len(of_reader) > MAX_RECENT:
            del of_reader[0]
            self._count -= 1
