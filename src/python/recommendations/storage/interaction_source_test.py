"""Reading what readers did, from both databases."""

from datetime import UTC, datetime

from sqlalchemy import insert

from recommendations.interaction import Interaction, InteractionKind
from recommendations.storage import interaction_source
from recommendations.storage.database import Database
from recommendations.storage.interaction_source import SqlInteractionSource
from recommendations.storage.tables import InteractionRow


def test_where_nobody_did_anything_nothing_is_read(database: Database) -> None:
    assert [] == list(SqlInteractionSource(database).read())


def test_interactions_come_in_batches_in_the_order_in_which_they_were_recorded(
    database: Database,
) -> None:
    count = 2 * interaction_source.BATCH + 1
    at = datetime(2026, 1, 1, tzinfo=UTC)
    kinds = list(InteractionKind)
    expected = [
        Interaction(count - n, n % 97 + 1, kinds[n % 3], at if n % 2 else None)
        for n in range(count)
    ]
    with database.writing() as connection:
        connection.execute(
            insert(InteractionRow),
            [
                {
                    "reader_id": each.reader_id,
                    "book_id": each.book_id,
                    "kind": each.kind.value,
                    "at": each.at,
                    "idempotency_key": "k",
                }
                for each in expected
            ],
        )
    batches = list(SqlInteractionSource(database).read())
    assert 3 == len(batches)
    assert expected == [each for batch in batches for each in batch]
