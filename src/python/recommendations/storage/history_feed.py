"""Keeps the histories in memory abreast of the database."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Row, case, func, select

from chassis.garbage import making_much
from recommendations.base_histories import BaseHistories
from recommendations.reader_histories import KINDS, Entry, ReaderHistories
from recommendations.storage.changes import changes
from recommendations.storage.database import Database
from recommendations.storage.tables import (
    IMPORTED_INTERACTIONS,
    ForgottenReaderRow,
    InteractionRow,
)

OVERLAP = 10_000
"""How many of the latest interactions are looked at again each time.

Numbers are given when a transaction begins to write, and rows are seen when it ends: one that took
long appears below others. Nothing is counted twice by it.
"""
MAX_SINCE_BASE = 500_000
"""With more interactions in memory than this besides the base, the base is read anew."""
_FORGOTTEN = 1000
_BATCH = 10_000
_NUMBERS = {kind.value: number for number, kind in enumerate(KINDS)}


class HistoryFeed:
    """Reads what is new, for one thread that asks it from time to time.

    seconds: how long reading everything may take; five million interactions take about ten.
    """

    def __init__(
        self, database: Database, histories: ReaderHistories, seconds: float = 120.0
    ) -> None:
        self._database = database
        self._histories = histories
        self._seconds = seconds
        self._imported: int | None = None
        self._last_id = 0
        # Count, greatest and sum of the latest ids: where they are as before, so are the rows.
        self._latest: Row[int, int, int] | None = None
        self._seen_at_base: frozenset[int] = frozenset()

    def update(self) -> None:
        """Read what is new; all of it where a file was imported. Raises DatabaseUnavailable."""
        self._histories.begin_reading()
        with self._database.reading() as connection:
            imported = changes(connection)[IMPORTED_INTERACTIONS]
            whole = imported != self._imported or self._histories.since_base > MAX_SINCE_BASE
            if not whole:
                self._read_new(connection)
        if whole:
            self._read_base()

    def _read_base(self) -> None:
        with self._database.reading(self._seconds) as connection:
            imported = changes(connection)[IMPORTED_INTERACTIONS]
            last_id = connection.execute(select(func.max(InteractionRow.id))).scalar() or 0
            seen = frozenset(row.id for row in _forgotten(connection))
            with making_much():
                base = BaseHistories(_everything(connection))
        self._histories.replace_base(base, last_id)
        self._imported, self._last_id, self._seen_at_base = imported, last_id, seen
        self._latest = None

    def _read_new(self, connection: Connection) -> None:
        columns = (
            InteractionRow.id,
            InteractionRow.reader_id,
            InteractionRow.book_id,
            InteractionRow.kind,
        )
        latest = InteractionRow.id > self._last_id - OVERLAP
        number = InteractionRow.id
        sums = select(func.count(number), func.max(number), func.sum(number)).where(latest)
        found = connection.execute(sums).one()
        if found != self._latest:
            new = (
                select(*columns).where(latest).order_by(number).execution_options(yield_per=_BATCH)
            )
            for rows in connection.execute(new).partitions():
                entries = [Entry(i, reader, book, _NUMBERS[kind]) for i, reader, book, kind in rows]
                self._histories.add(entries)
                self._last_id = max(self._last_id, entries[-1].id)
            self._latest = found
        for row in _forgotten(connection):
            in_base = row.id not in self._seen_at_base
            self._histories.forget(row.reader_id, row.up_to_id, base_too=in_base)


def _forgotten(connection: Connection) -> Sequence[Row[int, int, int]]:
    columns = (ForgottenReaderRow.id, ForgottenReaderRow.reader_id, ForgottenReaderRow.up_to_id)
    latest = select(*columns).order_by(ForgottenReaderRow.id.desc()).limit(_FORGOTTEN)
    return connection.execute(latest).all()


def _everything(connection: Connection) -> Iterator[Sequence[Row[int, int, int]]]:
    kind = case(_NUMBERS, value=InteractionRow.kind)
    everything = (
        select(InteractionRow.reader_id, InteractionRow.book_id, kind)
        .order_by(InteractionRow.id)
        .execution_options(yield_per=_BATCH)
    )
    yield from connection.execute(everything).partitions()
