"""Writes catalogue files, for tools that make them: the service itself only reads."""

import csv
from collections.abc import Iterable
from typing import TextIO

from recommendations.book import Book
from recommendations.catalog_row import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, row_from_book


def write_books(books: Iterable[Book], file: TextIO) -> None:
    """Write books in the form that `catalog_csv` reads, to a file opened with `newline=""`.

    Raises InvalidBook for a book that the form cannot express.
    """
    writer = csv.DictWriter(file, [*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(row_from_book, books))
