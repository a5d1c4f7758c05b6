"""What can go wrong in the domain.

RecommendationsError
├── InvalidRequest       a caller's question breaks the rules; says which fields and why
├── UnknownCategory      a caller of the legacy API names a category that does not exist
├── UnknownBook          a caller names a book that is not in the catalogue
├── KeyReused            an idempotency key stands for something else already
├── NothingKept          there is no database, so nothing can be recorded
├── NoCatalog            there is no catalogue in memory yet
├── InvalidBook          a book breaks the rules of `book.py`; says every rule it breaks
├── CatalogError         no catalogue can be made of what was given
│   ├── DuplicateIds         two books claim one id
│   └── UnreadableCatalog    a catalogue file cannot be read; says why, row by row
└── StorageError         what is kept cannot be read or written now
    ├── DatabaseUnavailable  the database is away, busy, too slow, full or broken
    └── SchemaMismatch       its tables are not those that this version knows

None of these knows a wire format: the composition root maps them to statuses and exit codes.
"""

import enum
from collections.abc import Sequence

from msgspec import Struct


class RecommendationsError(Exception):
    """The base of every error that the domain raises on purpose."""


class FieldViolation(Struct, frozen=True):
    """One field of a request and what is wrong with it, in words fit for the caller."""

    field: str
    description: str


class InvalidRequest(RecommendationsError):
    """A question that breaks the rules. `violations` holds every broken one, at least one."""

    def __init__(self, violations: Sequence[FieldViolation]) -> None:
        self.violations = tuple(violations)
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in self.violations))


class UnknownCategory(RecommendationsError):
    """A category that does not exist. Its text is the one that legacy clients know."""

    def __init__(self) -> None:
        super().__init__("Category not found")


class UnknownBook(RecommendationsError):
    """A book that is not in the catalogue."""

    def __init__(self, book_id: int) -> None:
        super().__init__(f"there is no book {book_id}")


class KeyReused(RecommendationsError):
    """An idempotency key that the same reader used for another interaction."""

    def __init__(self) -> None:
        super().__init__("idempotency_key: was used for another interaction")


class NothingKept(RecommendationsError):
    """The service runs without a database."""

    def __init__(self) -> None:
        super().__init__("this service keeps no interactions: it runs without a database")


class NoCatalog(RecommendationsError):
    """There is no catalogue in memory yet: the service has started without its database."""

    def __init__(self) -> None:
        super().__init__("the catalogue has not been read yet")


class InvalidBook(RecommendationsError):
    """A book that breaks the rules of `book.py`. `problems` holds every broken one."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class CatalogError(RecommendationsError):
    """No catalogue can be made of what was given."""


class DuplicateIds(CatalogError):
    """Several books claim one id. `ids` holds each such id once, in ascending order."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = tuple(ids)
        super().__init__(f"several books claim one id: {', '.join(map(str, self.ids))}")


class Problem(Struct, frozen=True):
    """Something wrong in a catalogue file.

    `line` is the physical line, from 1, on which the row begins; None concerns the whole file.
    """

    line: int | None
    description: str

    def __str__(self) -> str:
        return self.description if self.line is None else f"line {self.line}: {self.description}"


class UnreadableCatalog(CatalogError):
    """A catalogue file that cannot be read.

    `source` names the file, `problems` are the first ones in the order of the file, and `left_out`
    counts those beyond them. The text has a line for each, so that a person can mend all at once.
    """

    def __init__(self, source: str, problems: Sequence[Problem], left_out: int = 0) -> None:
        self.source = source
        self.problems = tuple(problems)
        self.left_out = left_out
        lines = [f"the catalogue {source} cannot be read:", *(f"  {p}" for p in self.problems)]
        if left_out:
            lines.append(f"  and {left_out} more")
        super().__init__("\n".join(lines))


class StorageError(RecommendationsError):
    """What is kept cannot be read or written now. The text is for whoever runs the service."""


class Unavailability(enum.Enum):
    """In which way a database is not to be had. The value is a label of metrics."""

    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    BUSY = "busy"
    """Others hold what is needed: locks, or all connections."""
    FULL = "full"
    NO_BOOKS = "no_books"
    FAILED = "failed"


class DatabaseUnavailable(StorageError):
    """The database did not do what it was asked; it may do so later."""

    def __init__(self, how: Unavailability, text: str) -> None:
        self.how = how
        super().__init__(text)


class SchemaMismatch(StorageError):
    """The tables are not those that this version knows; `found` is None where there are none."""

    def __init__(self, found: str | None, expected: str) -> None:
        self.found = found
        self.expected = expected
        super().__init__(self._text())

    @property
    def is_newer(self) -> bool:
        """Whether a later version of the program made the tables."""
        return self.found is not None and self.found > self.expected

    def _text(self) -> str:
        if self.found is None:
            return "the database has no tables yet: run `recommendations migrate`"
        if self.is_newer:
            return (
                f"the schema of the database is too new: it is {self.found}, and this version"
                f" knows {self.expected}; run a later version"
            )
        return (
            f"the schema of the database is too old: it is {self.found}, and this version needs"
            f" {self.expected}; run `recommendations migrate`"
        )
