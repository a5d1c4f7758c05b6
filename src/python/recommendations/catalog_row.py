"""One row of a catalogue file, between text and book. See docs/catalogue.md."""

import re
from collections.abc import Mapping

from recommendations.book import MAX_ID, MAX_YEAR, MIN_YEAR, UNKNOWN_YEAR, Book, Category
from recommendations.errors import InvalidBook

REQUIRED_COLUMNS = ("id", "title", "authors", "year", "categories")
OPTIONAL_COLUMNS = ("featured",)
LIST_SEPARATOR = ";"
"""Stands between the authors of a book, and between its categories."""

_CATEGORIES = {category.value: category for category in Category}
_FEATURED = {"yes": True, "no": False, "": False}
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
# The surrogateescape error handler decodes a byte 0xNN that is not UTF-8 to U+DCNN.
_UNDECODABLE = re.compile("[\udc80-\udcff]")


def book_from_row(cells: Mapping[str, str]) -> Book:
    """Make a book of a row's cells by column name, decoded with the `surrogateescape` handler.

    Raises InvalidBook with everything that is wrong.
    """
    problems: list[str] = []
    everything = "".join(cells.values())
    if not everything.isascii() and _UNDECODABLE.search(everything):
        cells = {column: _text(column, cell, problems) for column, cell in cells.items()}
    # A cell that means nothing becomes a value that breaks no rule: the book then says what else is
    # wrong, and all of it is reported together.
    try:
        book = Book(
            id=_whole_number("id", cells["id"], 1, MAX_ID, problems),
            title=cells["title"],
            authors=_items(cells["authors"]),
            publication_year=_year(cells["year"], problems),
            categories=_categories(cells["categories"], problems),
            featured=_featured(cells.get("featured", ""), problems),
        )
    except InvalidBook as error:
        raise InvalidBook([*problems, *error.problems]) from None
    if problems:
        raise InvalidBook(problems)
    return book


def row_from_book(book: Book) -> dict[str, str]:
    """Give the cells of a book by column name.

    Raises InvalidBook when an author's name holds the separator, which the form cannot express.
    """
    if any(LIST_SEPARATOR in author for author in book.authors):
        raise InvalidBook([f"authors: {LIST_SEPARATOR!r} within a name"])
    return {
        "id": str(book.id),
        "title": book.title,
        "authors": LIST_SEPARATOR.join(book.authors),
        "year": "" if book.publication_year == UNKNOWN_YEAR else str(book.publication_year),
        "categories": LIST_SEPARATOR.join(category.value for category in book.categories),
        "featured": "yes" if book.featured else "no",
    }


def shown(text: str) -> str:
    """Quote a text of the file for a message: escaped, and cut when it is long."""
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def _text(column: str, cell: str, problems: list[str]) -> str:
    undecodable = _UNDECODABLE.findall(cell)
    if not undecodable:
        return cell
    problems.append(f"{column}: byte 0x{ord(undecodable[0]) - 0xDC00:02X} is not UTF-8")
    return _UNDECODABLE.sub("\ufffd", cell)


def _whole_number(column: str, cell: str, low: int, high: int, problems: list[str]) -> int:
    if _WHOLE_NUMBER.fullmatch(cell) and low <= (number := int(cell)) <= high:
        return number
    problems.append(f"{column}: {shown(cell)} is not a whole number from {low} to {high}")
    return high


def _year(cell: str, problems: list[str]) -> int:
    return _whole_number("year", cell, MIN_YEAR, MAX_YEAR, problems) if cell else UNKNOWN_YEAR


def _items(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(LIST_SEPARATOR)) if cell else ()


def _categories(cell: str, problems: list[str]) -> tuple[Category, ...]:
    names = _items(cell)
    try:
        return tuple([_CATEGORIES[name] for name in names])
    except KeyError:
        unknown = [name for name in names if name not in _CATEGORIES]
    allowed = ", ".join(_CATEGORIES)
    problems.append(f"categories: {', '.join(map(shown, unknown[:3]))} is none of {allowed}")
    return (Category.MYSTERY,)


def _featured(cell: str, problems: list[str]) -> bool:
    featured = _FEATURED.get(cell)
    if featured is None:
        problems.append(f"featured: {shown(cell)} is neither 'yes' nor 'no'")
    return bool(featured)
