"""Rows of CSV files, read strictly and one by one."""

import csv
from collections.abc import Callable, Iterable, Iterator

Wrong = Callable[[int, str], None]
"""Is told the line on which a row begins, and what is wrong with it."""


def read_rows(text: Iterable[str], wrong: Wrong) -> Iterator[tuple[int, list[str]]]:
    """Give each row that is CSV with the line on which it begins, from 1.

    text: lines with their ends, as of a file opened with `newline=""`.
    """
    reader = csv.reader(text, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader starts afresh on the next line.
            wrong(line, f"not CSV: {error} (is a quote left open or not doubled?)")
        else:
            yield line, row
