"""Rows by the million: what SQLAlchemy does for each row takes longer than to write it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Insert

Row = tuple[Any, ...]


class BulkInsert:
    """An insert that is compiled once, and takes rows as plain tuples.

    columns: names of the columns that a row gives, in its order.

    The values go through SQLAlchemy's types, as they always do.
    """

    def __init__(self, connection: Connection, insert: Insert, columns: Sequence[str]) -> None:
        dialect = connection.dialect
        compiled = insert.compile(dialect=dialect, column_keys=columns)
        self._connection = connection
        self._text = str(compiled)
        # SQLite has question marks, in an order of its own; PostgreSQL has names.
        marks = compiled.positiontup
        self._order = None if marks is None else tuple(map(list(columns).index, marks))
        self._columns = tuple(columns)
        self._processors: list[tuple[int, Callable[[Any], Any]]] = []
        for at, name in enumerate(columns):
            kind = insert.table.c[name].type.dialect_impl(dialect)
            if processor := kind.bind_processor(dialect):
                self._processors.append((at, processor))

    def write(self, rows: Iterable[Row]) -> None:
        """Insert rows, all at once: they are in memory as long as that takes."""
        ready = [self._ready(row) for row in rows] if self._processors else list(rows)
        if not ready:
            return
        if self._order is None:
            named = [dict(zip(self._columns, row, strict=True)) for row in ready]
            self._connection.exec_driver_sql(self._text, named)
            return
        if self._order != tuple(range(len(self._columns))):
            ready = [tuple(row[at] for at in self._order) for row in ready]
        self._connection.exec_driver_sql(self._text, ready)

    def _ready(self, row: Row) -> Row:
        values = list(row)
        for at, processor in self._processors:
            values[at] = processor(values[at])
        return tuple(values)
