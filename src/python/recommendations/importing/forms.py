"""Which form a file has, by its first line."""

import csv
import enum
from pathlib import Path

from recommendations.catalog_row import REQUIRED_COLUMNS


class UnknownForm(Exception):
    """A file whose first line fits no form."""


class Form(enum.Enum):
    """What a file holds. The value is its name in the table `imports`."""

    CATALOGUE = "catalogue"
    INTERACTIONS = "interactions"
    GOODBOOKS_BOOKS = "goodbooks-books"
    GOODBOOKS_TAGS = "goodbooks-tags"
    GOODBOOKS_BOOK_TAGS = "goodbooks-book-tags"
    GOODBOOKS_TO_READ = "goodbooks-to-read"


# The first one whose columns are all there.
_COLUMNS = {
    Form.CATALOGUE: set(REQUIRED_COLUMNS),
    Form.INTERACTIONS: {"reader_id", "book_id", "kind"},
    Form.GOODBOOKS_BOOKS: {"book_id", "goodreads_book_id", "authors", "title"},
    Form.GOODBOOKS_BOOK_TAGS: {"goodreads_book_id", "tag_id", "count"},
    Form.GOODBOOKS_TAGS: {"tag_id", "tag_name"},
    Form.GOODBOOKS_TO_READ: {"user_id", "book_id"},
}
_MAX_HEADER = 65536


def form_of(path: Path) -> Form:
    """Tell the form of a file. Raises OSError, or UnknownForm."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(_MAX_HEADER)
    try:
        columns = set(next(csv.reader([first], strict=True), []))
    except csv.Error:
        columns = set()
    # The worst is a misspelt column: it is told which ones are missing when the form is sure.
    for form, needed in _COLUMNS.items():
        if needed <= columns:
            return form
    if "title" in columns or "authors" in columns:
        return Form.CATALOGUE
    raise UnknownForm("the first line names the columns of no form that can be imported")
