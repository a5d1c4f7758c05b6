"""All that readers did, for training; see `learning.ports.InteractionSource`."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from recommendations.interaction import Interaction, InteractionKind
from recommendations.storage.database import Database
from recommendations.storage.tables import InteractionRow

BATCH = 10_000
"""How many interactions are in memory at once."""

_KINDS = {kind.value: kind for kind in InteractionKind}


class SqlInteractionSource:
    """Reads the table `interactions` by id.

    seconds: how long all of it may take; a million interactions take some seconds.
    """

    def __init__(self, database: Database, seconds: float = 600.0) -> None:
        self._database = database
        self._seconds = seconds

    def read(self) -> Iterator[Sequence[Interaction]]:
        """See `InteractionSource`. Raises DatabaseUnavailable."""
        everything = (
            select(
                InteractionRow.reader_id,
                InteractionRow.book_id,
                InteractionRow.kind,
                InteractionRow.at,
            )
            .order_by(InteractionRow.id)
            .execution_options(yield_per=BATCH)
        )
        with self._database.reading(self._seconds) as connection:
            for rows in connection.execute(everything).partitions():
                yield [
                    Interaction(reader_id, book_id, _KINDS[kind], at)
                    for reader_id, book_id, kind, at in rows
                ]
