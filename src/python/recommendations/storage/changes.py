"""Counts of changes, by which whoever holds a copy sees cheaply that it is old."""

from sqlalchemy import Connection, select, update

from recommendations.storage.tables import ChangeRow


def changes(connection: Connection) -> dict[str, int]:
    """Give all counts by name."""
    rows = connection.execute(select(ChangeRow.name, ChangeRow.count))
    return {row.name: row[1] for row in rows}  # A row has a method of the name `count`.


def changed(connection: Connection, name: str) -> None:
    """Count a change, which others see once the transaction is committed."""
    connection.execute(
        update(ChangeRow).where(ChangeRow.name == name).values(count=ChangeRow.count + 1)
    )
