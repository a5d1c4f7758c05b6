"""A book and the categories of the shop, with the rules that every book keeps."""

import enum
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from recommendations.errors import InvalidBook

MAX_ID = 2**31 - 1
"""The largest id: the APIs carry it as an int32."""
UNKNOWN_YEAR = 0
"""Stands for a year that nobody knows; the calendar has no year 0."""
MIN_YEAR = -3000
MAX_YEAR = 2100
MAX_TITLE_LENGTH = 500
MAX_AUTHOR_LENGTH = 200
MAX_AUTHORS = 100

T = TypeVar("T", bound=Hashable)

_FORBIDDEN_CHARACTERS = {
    "Cc": "control character",
    "Cs": "lone surrogate",
    "Zl": "line separator",
    "Zp": "paragraph separator",
}


class Category(enum.Enum):
    """A shelf of the shop. The value is its name in catalogue files."""

    # By identity: that of `Enum` takes a call, and there are a million books to put on shelves.
    __hash__ = object.__hash__

    MYSTERY = "mystery"
    SCIENCE_FICTION = "science-fiction"
    SELF_HELP = "self-help"
    FANTASY = "fantasy"
    HISTORY = "history"
    BIOGRAPHY = "biography"
    ROMANCE = "romance"
    THRILLER = "thriller"


class Book(Struct, frozen=True, gc=False):
    """A book as the shop sells it.

    id: 1 to `MAX_ID`, unique in a catalogue.
    title: 1 to `MAX_TITLE_LENGTH` characters.
    authors: 1 to `MAX_AUTHORS` distinct names, each of 1 to `MAX_AUTHOR_LENGTH` characters.
    publication_year: of the first publication, `MIN_YEAR` to `MAX_YEAR`; negative years are BC, and
        `UNKNOWN_YEAR` means unknown.
    categories: at least one, distinct, the most telling first.
    featured: whether the shop puts the book in the window of its category.

    Text has no control characters and no space at either end. Raises InvalidBook with all problems.
    """

    id: int
    title: str
    authors: tuple[str, ...]
    publication_year: int
    categories: tuple[Category, ...]
    featured: bool = False

    def __post_init__(self) -> None:
        # There may be a million, and nearly all are right.
        if _plainly_right(self):
            return
        problems = [
            *_id_problems(self.id),
            *_title_problems(self.title),
            *_authors_problems(self.authors),
            *_year_problems(self.publication_year),
            *_categories_problems(self.categories),
        ]
        if problems:
            raise InvalidBook(problems)


def _plainly_right(book: Book) -> bool:
    """Tell fast of most books that they keep all rules; of the others it tells nothing."""
    authors, categories = book.authors, book.categories
    if not (
        1 <= book.id <= MAX_ID
        and MIN_YEAR <= book.publication_year <= MAX_YEAR
        and _is_plain(book.title, MAX_TITLE_LENGTH)
    ):
        return False
    if len(authors) != 1 and not 0 < len(set(authors)) == len(authors) <= MAX_AUTHORS:
        return False
    for author in authors:
        if not _is_plain(author, MAX_AUTHOR_LENGTH):
            return False
    return len(categories) == 1 or 0 < len(set(categories)) == len(categories)


def _is_plain(text: str, max_length: int) -> bool:
    # A blank is the only space that counts as printable.
    return 0 < len(text) <= max_length and text.isprintable() and " " not in (text[0], text[-1])


def _id_problems(book_id: int) -> Iterator[str]:
    if not 1 <= book_id <= MAX_ID:
        yield f"id: {book_id} is not from 1 to {MAX_ID}"


def _title_problems(title: str) -> Iterator[str]:
    yield from _text_problems("title", title, MAX_TITLE_LENGTH)


def _authors_problems(authors: Sequence[str]) -> Iterator[str]:
    if not authors:
        yield "authors: at least one is needed"
    if len(authors) > MAX_AUTHORS:
        yield f"authors: {len(authors)} names, more than {MAX_AUTHORS}"
        return
    for author in authors:
        yield from _text_problems("authors", author, MAX_AUTHOR_LENGTH)
    for author in repeated(authors):
        yield f"authors: {author!r} appears more than once"


def _year_problems(year: int) -> Iterator[str]:
    if not MIN_YEAR <= year <= MAX_YEAR:
        yield f"year: {year} is not from {MIN_YEAR} to {MAX_YEAR}"


def _categories_problems(categories: Sequence[Category]) -> Iterator[str]:
    if not categories:
        yield "categories: at least one is needed"
    for category in repeated(categories):
        yield f"categories: {category.value!r} appears more than once"


def repeated(values: Iterable[T]) -> list[T]:
    """Give each value that appears more than once, once, in the order of first appearance."""
    given = tuple(values)
    if len(set(given)) == len(given):
        return []
    return [value for value, times in Counter(given).items() if times > 1]


def _text_problems(field: str, text: str, max_length: int) -> Iterator[str]:
    if not text:
        yield f"{field}: empty text"
    elif len(text) > max_length:
        yield f"{field}: {len(text)} characters, more than {max_length}"
    elif text != text.strip():
        yield f"{field}: space before or after {text.strip()!r}"
    if text.isprintable():
        return
    for character in text:
        if kind := _FORBIDDEN_CHARACTERS.get(unicodedata.category(character)):
            yield f"{field}: {kind} U+{ord(character):04X}"
            return
