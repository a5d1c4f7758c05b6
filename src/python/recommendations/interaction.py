"""What a reader did with a book."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

MAX_READER_ID = 2**63 - 1
"""The largest reader's id: the APIs carry it as an int64. 0 is nobody in particular."""


class InteractionKind(enum.Enum):
    """How much a reader wanted a book, the least first. The value is its name in files."""

    VIEWED = "viewed"
    WISHED = "wished"
    BOUGHT = "bought"


class Interaction(NamedTuple):
    """A reader did something with a book.

    A named tuple, because training reads millions of them.

    reader_id: 1 to `MAX_READER_ID`.
    book_id: as in `Book`; the book need not be in the catalogue any more.
    at: when, with a time zone; None where the source of the data does not know.
    """

    reader_id: int
    book_id: int
    kind: InteractionKind
    at: datetime | None = None


class Profile(NamedTuple):
    """What recommendations take into account of a reader.

    book_ids: of the books that the reader did anything with, the latest first. A book that the
        reader did several things with may come several times.
    wanted: beside each whether the reader bought it or wished for it, or only viewed it.
    """

    book_ids: Sequence[int]
    wanted: Sequence[int]


NO_PROFILE = Profile((), ())
"""Of a reader of whom nothing is known."""
