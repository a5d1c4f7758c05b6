"""What readers do with books."""

import enum
from dataclasses import dataclass

from marketplace.book import Book


class InteractionKind(enum.Enum):
    """Something that a reader can do with a book. The value is its name in addresses and keys."""

    VIEWED = "viewed"
    WISHED = "wished"
    BOUGHT = "bought"


@dataclass(frozen=True, slots=True)
class Interaction:
    """What a reader did with a book."""

    book: Book
    kind: InteractionKind
