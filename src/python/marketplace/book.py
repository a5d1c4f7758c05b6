"""A book as the marketplace shows it, with the rules that keep a page readable."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.category import Category
from marketplace.errors import InvalidBook

MIN_YEAR = -3000
MAX_YEAR = 2100
MAX_TITLE_LENGTH = 500
MAX_AUTHOR_LENGTH = 200
MAX_AUTHORS = 100

_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates, line and paragraph separators."""


@dataclass(frozen=True, slots=True)
class Book:
    """A book that can be shown.

    id: from 1.
    title: 1 to `MAX_TITLE_LENGTH` characters, at least one of them visible.
    authors: at most `MAX_AUTHORS` names of the same kind, up to `MAX_AUTHOR_LENGTH`; may be empty.
    publication_year: `MIN_YEAR` to `MAX_YEAR`, negative before the common era; None if unknown.
    categories: those that the shop has, at least one, the most telling first.

    Raises InvalidBook with every problem. They quote no content, so that they are fit to log.
    """

    id: int
    title: str
    authors: tuple[str, ...]
    publication_year: int | None
    categories: tuple[Category, ...]

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise InvalidBook(problems)

    def __hash__(self) -> int:
        """Equal books have the same number; to go through all of their texts would take longer."""
        return hash(self.id)

    def _problems(self) -> Iterator[str]:
        if self.id < 1:
            yield "the id is below 1"
        yield from _text_problems("title", self.title, MAX_TITLE_LENGTH)
        if len(self.authors) > MAX_AUTHORS:
            yield f"there are {len(self.authors)} authors"
        else:
            for author in self.authors:
                yield from _text_problems("author", author, MAX_AUTHOR_LENGTH)
        year = self.publication_year
        if year is not None and (year == 0 or not MIN_YEAR <= year <= MAX_YEAR):
            yield f"there is no year {year}"
        if not self.categories:
            yield "there is no category"


def _text_problems(what: str, text: str, max_length: int) -> Iterator[str]:
    if len(text) <= max_length and text.isprintable() and not text.isspace() and text:
        return  # Nearly all: said by Python as a whole, not for each character.
    if all(unicodedata.category(character)[0] in "CZ" for character in text):
        yield f"the {what} has nothing to read"
    elif len(text) > max_length:
        yield f"the {what} has {len(text)} characters"
    elif any(map(_is_unprintable, text)):
        yield f"the {what} has unprintable characters"


def _is_unprintable(character: str) -> bool:
    number = ord(character)
    noncharacter = number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
    return noncharacter or unicodedata.category(character) in _UNPRINTABLE
