"""What readers do, kept for good before anybody is told that it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from chassis.deadline import time_left
from recommendations.errors import DatabaseUnavailable, KeyReused, Unavailability
from recommendations.interaction import Interaction
from recommendations.reader_histories import KINDS, Entry, ReaderHistories
from recommendations.storage.database import Database
from recommendations.storage.tables import ForgottenReaderRow, InteractionRow

DROPPED_FOR = timedelta(minutes=1)
"""How long after a reader was forgotten what is told of them is dropped.

It may have happened before: those who tell it keep it for some seconds, in a queue or for another
try, and the clocks of processes differ.
"""
FORGOTTEN_FOR = timedelta(hours=1)
"""How long it is known that a reader was forgotten: other processes notice in seconds."""

_OF_READERS = 0x0B00C5
"""The first half of the numbers of PostgreSQL's locks that are for readers."""


class SqlInteractions:
    """Writes interactions to the database, and to the histories in memory.

    seconds: the most that a write may take; what is left of the call's own time may be less.
    now: tells the time, with a time zone.
    """

    def __init__(
        self,
        database: Database,
        histories: ReaderHistories,
        seconds: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._histories = histories
        self._seconds = seconds
        self._now = now

    def record(self, interaction: Interaction, idempotency_key: str) -> None:
        """Keep an interaction; once, however often it is recorded under one key by one reader.

        Of a reader who was forgotten less than `DROPPED_FOR` ago nothing is kept.

        Raises KeyReused if the key stands for something else that the reader did, and
        DatabaseUnavailable, after which the interaction may or may not have been kept.
        """
        try:
            entry = self._record(interaction, idempotency_key)
        except DatabaseUnavailable as error:
            if error.how is not Unavailability.UNREACHABLE:
                raise
            # The connection may have been dead for long. The key makes another try harmless.
            entry = self._record(interaction, idempotency_key)
        if entry:
            self._histories.add([entry])

    def forget(self, reader_id: int) -> int:
        """Delete all that a reader did; give how many interactions it was.

        Raises DatabaseUnavailable, after which they may or may not be deleted.
        """
        now = self._now()
        of_reader = InteractionRow.reader_id == reader_id
        with self._database.writing(self._limit()) as connection:
            _one_at_a_time(connection, reader_id)
            last_id = connection.execute(select(func.max(InteractionRow.id))).scalar() or 0
            count = connection.execute(delete(InteractionRow).where(of_reader)).rowcount
            long_known = ForgottenReaderRow.at < now - FORGOTTEN_FOR
            connection.execute(delete(ForgottenReaderRow).where(long_known))
            connection.execute(
                insert(ForgottenReaderRow),
                {"reader_id": reader_id, "up_to_id": last_id, "at": now},
            )
        self._histories.forget(reader_id, last_id)
        return count

    def _record(self, interaction: Interaction, idempotency_key: str) -> Entry | None:
        with self._database.writing(self._limit()) as connection:
            _one_at_a_time(connection, interaction.reader_id)
            if _is_forgotten(connection, interaction.reader_id, self._now() - DROPPED_FOR):
                return None
            return _recorded(connection, interaction, idempotency_key)

    def _limit(self) -> float:
        left = time_left()
        return self._seconds if left is None else min(left, self._seconds)


def _one_at_a_time(connection: Connection, reader_id: int) -> None:
    """Let nobody else write of a reader until the transaction ends.

    Else one that records could miss that another forgets, and leave a row behind. In SQLite, only
    one writes at all.
    """
    if connection.dialect.name == "postgresql":
        # Readers who share a number wait for each other, and no harm is done.
        number = reader_id % 2**31
        connection.execute(select(func.pg_advisory_xact_lock(_OF_READERS, number)))


def _is_forgotten(connection: Connection, reader_id: int, since: datetime) -> bool:
    note = select(ForgottenReaderRow.id).where(
        ForgottenReaderRow.at > since, ForgottenReaderRow.reader_id == reader_id
    )
    return connection.execute(note.limit(1)).first() is not None


def _recorded(connection: Connection, interaction: Interaction, key: str) -> Entry:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    reader_id, book_id, kind, at = interaction
    written = connection.execute(
        dialect.insert(InteractionRow)
        .on_conflict_do_nothing(index_elements=["reader_id", "idempotency_key"])
        .returning(InteractionRow.id),
        {
            "reader_id": reader_id,
            "book_id": book_id,
            "kind": kind.value,
            "at": at,
            "idempotency_key": key,
        },
    ).scalar()
    if written is None:
        before = connection.execute(
            select(InteractionRow.id, InteractionRow.book_id, InteractionRow.kind).where(
                InteractionRow.reader_id == reader_id, InteractionRow.idempotency_key == key
            )
        ).one()
        if (before.book_id, before.kind) != (book_id, kind.value):
            raise KeyReused
        written = before.id
    return Entry(written, reader_id, book_id, KINDS.index(kind))
