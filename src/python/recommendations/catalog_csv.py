"""Catalogue files: CSV, read strictly, every mistake reported at once. See docs/catalogue.md."""

import codecs
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from recommendations.book import Book, repeated
from recommendations.catalog import Catalog
from recommendations.catalog_row import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, book_from_row, shown
from recommendations.csv_rows import read_rows
from recommendations.errors import InvalidBook, Problem, UnreadableCatalog

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is read; a book takes about a hundred bytes."""
MAX_PROBLEMS = 100
"""How many problems an error names; those beyond are counted."""


def load_default() -> Catalog:
    """Read the catalogue that ships with the service."""
    # Loaded only now: who has a catalogue of their own does not need it.
    from importlib.resources import files

    resource = files("recommendations").joinpath("data/catalogue.csv")
    return parse_catalog(resource.read_bytes(), "that ships with the service")


def read_catalog(path: Path) -> Catalog:
    """Read a catalogue file. Raises UnreadableCatalog with everything that is wrong with it."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableCatalog(str(path), [Problem(None, error.strerror or str(error))]) from error
    return parse_catalog(content, str(path))


def parse_catalog(content: bytes, source: str) -> Catalog:
    """Read the content of a catalogue file; `source` names it in errors.

    Raises UnreadableCatalog with everything that is wrong.
    """
    return Catalog(_Reading(source).books(content))


class _Reading:
    """One reading of a file: what is wrong with it is collected in bounded memory."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._problems: list[Problem] = []
        self._left_out = 0

    def books(self, content: bytes) -> list[Book]:
        if len(content) > MAX_BYTES:
            self._add(None, f"larger than {MAX_BYTES} bytes")
        elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._add(None, "UTF-16 text; save it as UTF-8")
        self._raise_if_any()
        text = io.StringIO(content.decode("utf-8-sig", "surrogateescape"), newline="")
        rows = read_rows(text, self._add)
        line, header = next(rows, (1, []))
        self._raise_if_any()
        for problem in header_problems(header):
            self._add(line, problem)
        self._raise_if_any()
        books = list(self._books(header, rows))
        if not books and not self._problems:
            self._add(None, "no books follow the header")
        self._raise_if_any()
        return books

    def _books(
        self, header: Sequence[str], rows: Iterator[tuple[int, list[str]]]
    ) -> Iterator[Book]:
        line_of_id: dict[str, int] = {}
        for line, row in rows:
            if not row:
                self._add(line, "blank")
                continue
            if len(row) != len(header):
                self._add(line, f"{len(row)} cells where the header names {len(header)} columns")
                continue
            cells = dict(zip(header, row, strict=True))
            first_line = line_of_id.setdefault(cells["id"], line)
            if first_line != line and cells["id"]:
                self._add(line, f"id: {shown(cells['id'])} is already on line {first_line}")
            try:
                yield book_from_row(cells)
            except InvalidBook as error:
                for problem in error.problems:
                    self._add(line, problem)

    def _add(self, line: int | None, description: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(line, description))
        else:
            self._left_out += 1

    def _raise_if_any(self) -> None:
        if self._problems:
            raise UnreadableCatalog(self._source, self._problems, self._left_out)


def header_problems(header: Sequence[str]) -> Iterator[str]:
    """Say what is wrong with the first line of a catalogue file."""
    known = [*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS]
    if missing := [column for column in REQUIRED_COLUMNS if column not in header]:
        yield f"the header lacks {', '.join(missing)}"
    if unknown := [column for column in header if column not in known]:
        yield f"the header names {', '.join(map(shown, unknown))}, none of {', '.join(known)}"
    if twice := repeated(header):
        yield f"the header names {', '.join(map(shown, twice))} more than once"
