"""One row of a file of interactions, between text and interaction. See docs/catalogue.md."""

from collections.abc import Mapping
from datetime import datetime

from recommendations.book import MAX_ID
from recommendations.interaction import MAX_READER_ID, Interaction, InteractionKind

_KINDS = {kind.value: kind for kind in InteractionKind}


def interaction_from_row(
    row: Mapping[str, str | None],
    reader_column: str,
    default_kind: InteractionKind = InteractionKind.VIEWED,
) -> Interaction:
    """Make an interaction of a row's cells by column name.

    reader_column: the one that names the reader.
    default_kind: what is meant where the row names no kind.

    Raises ValueError with what is wrong first.
    """
    kind = row.get("kind") or default_kind.value
    if kind not in _KINDS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(_KINDS)}")
    return Interaction(
        _id(reader_column, row[reader_column], MAX_READER_ID),
        _id("book_id", row["book_id"], MAX_ID),
        _KINDS[kind],
        _moment(row.get("at") or None),
    )


def _id(column: str, cell: str | None, highest: int) -> int:
    if cell and cell.isascii() and cell.isdigit() and 1 <= int(cell) <= highest:
        return int(cell)
    raise ValueError(f"{column}: {cell or ''!r} is not a whole number from 1 to {highest}")


def _moment(cell: str | None) -> datetime | None:
    if cell is None:
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"at: {cell!r} is not a moment like 2026-01-31T12:00:00Z")
    return moment
