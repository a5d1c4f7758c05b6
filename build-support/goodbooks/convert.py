"""Makes a catalogue file for the recommendations service from a folder of goodbooks data.

Exit codes: 0 done, 1 the data is wrong or the result cannot be written, 2 wrong usage.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from recommendations.book import Book
from recommendations.catalog_csv import parse_catalog
from recommendations.catalog_csv_writer import write_books
from recommendations.errors import CatalogError
from recommendations.goodbooks.shelved import shelved
from recommendations.goodbooks.source import UnreadableSource, read_books, read_marks


def main(argv: Sequence[str] | None = None) -> int:
    """Convert what the command line names; report on the standard error stream."""
    arguments = _parser().parse_args(argv)
    folder: Path = arguments.folder
    output: Path | None = arguments.output
    try:
        books_path = folder / "books.csv"
        sources = read_books(books_path)
        marks = read_marks(folder / "tags.csv", folder / "book_tags.csv")
        books, report = shelved(books_path, sources, marks)
        content = catalogue(books)
        if output is None:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            write_atomically(output, content)
    except (UnreadableSource, CatalogError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        reason = error.strerror or error
        sys.stderr.write(f"{output or 'standard output'} cannot be written: {reason}\n")
        return 1
    sys.stderr.write("".join(f"{line}\n" for line in report))
    return 0


def catalogue(books: Sequence[Book]) -> bytes:
    """Give the content of a catalogue file, proven readable.

    Raises CatalogError when the service could not serve it, which is so without any book.
    """
    text = io.StringIO(newline="")
    write_books(books, text)
    content = text.getvalue().encode()
    parse_catalog(content, "made of this data")
    return content


def write_atomically(path: Path, content: bytes) -> None:
    """Put the content at the path, whole or not at all, whatever stood there before.

    Raises OSError when it cannot, and then leaves the path as it was.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise OSError(None, "not a regular file")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goodbooks",
        description="Make a catalogue file for the recommendations service from goodbooks data.",
    )
    parser.add_argument(
        "folder", type=Path, help="where books.csv, book_tags.csv and tags.csv stand"
    )
    parser.add_argument(
        "-o", "--output", type=Path, help="the file to write (default: standard output)"
    )
    return parser
