"""How a book looks on a page: its texts cut to what fits, and the design of its drawn cover."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from marketplace.book import Book

MAX_TITLE = 160
MAX_COVER_TITLE = 90
MAX_AUTHOR = 80
MAX_NAMED_AUTHORS = 3
MOST_KEPT = 2048
"""Each of a few hundred bytes: a shelf's books come again and again."""

_DESIGNS = 3

Size = Literal["s", "m", "l", "xl"]


@dataclass(frozen=True, slots=True)
class BookCard:
    """What a page shows of a book. All texts are plain: whoever renders them escapes them.

    id: the book's number.
    authors: "A", "A and B", "A, B and C" or "A, B and 7 others"; empty if nobody is named.
    year: "1930" or "800 BC"; empty if unknown.
    theme: the slug of the category whose colours the cover wears.
    design: 1 to 3, which of the theme's layouts; a book always gets the same.
    size: how large the title is set on the cover, from s, the smallest type, to xl.
    note: why it is shown, or what the reader did with it; may be empty.
    """

    id: int
    title: str
    authors: str
    year: str
    cover_title: str
    cover_author: str
    theme: str
    design: int
    size: Size
    note: str = ""


@lru_cache(MOST_KEPT)
def card_of(book: Book, note: str = "") -> BookCard:
    """Lay out a book."""
    cover_title = _cut(book.title, MAX_COVER_TITLE)
    return BookCard(
        id=book.id,
        title=_cut(book.title, MAX_TITLE),
        authors=_byline(book.authors),
        year=_year(book.publication_year),
        cover_title=cover_title,
        cover_author=_cut(book.authors[0], MAX_AUTHOR) if book.authors else "",
        theme=book.categories[0].value,
        design=book.id % _DESIGNS + 1,
        size=_size(cover_title),
        note=note,
    )


def _cut(text: str, max_length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"


def _byline(authors: tuple[str, ...]) -> str:
    names = [_cut(author, MAX_AUTHOR) for author in authors]
    if len(names) > MAX_NAMED_AUTHORS:
        others = len(names) - MAX_NAMED_AUTHORS + 1
        names = [*names[: MAX_NAMED_AUTHORS - 1], f"{others} others"]
    *most, last = names or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _year(year: int | None) -> str:
    if year is None:
        return ""
    return str(year) if year > 0 else f"{-year} BC"


def _size(title: str) -> Size:
    longest_word = max(len(word) for word in title.split())
    if len(title) > 60 or longest_word > 14:
        return "s"
    if len(title) > 34 or longest_word > 10:
        return "m"
    return "l" if len(title) > 14 or longest_word > 7 else "xl"
