"""Who chose which book, in compact arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from recommendations.interaction import Interaction
from recommendations.learning.arrays import Flags, Floats, Ints, Matrix
from recommendations.learning.ports import InteractionSource
from recommendations.learning.progress import Progress, silent

UNKNOWN_TIME = np.iinfo(np.int64).min
"""Stands for a time that the source does not know."""
MAX_MARKS = 1000
"""How many marks of one reader count: the work grows with their square, and nobody reads more."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Each pair of a reader and a book that the reader chose, once; sorted by reader, then book.

    What the reader did with the book does not matter: where there are no data to weigh a view
    against a purchase, both count alike.

    reader, book: indexes into `reader_ids` and `book_ids`, a pair a mark.
    at: when the reader first chose the book, in microseconds since 1970, or `UNKNOWN_TIME`.
    reader_ids, book_ids: ascending.
    """

    reader: Ints
    book: Ints
    at: Ints
    reader_ids: Ints
    book_ids: Ints

    def __len__(self) -> int:
        return len(self.reader)

    def where(self, wanted: Flags) -> "Marks":
        """Give a part of the marks. Readers and books keep their indexes."""
        return Marks(
            self.reader[wanted],
            self.book[wanted],
            self.at[wanted],
            self.reader_ids,
            self.book_ids,
        )

    def per_reader(self) -> Ints:
        """Count each reader's marks."""
        return np.bincount(self.reader, minlength=len(self.reader_ids))

    def per_book(self) -> Ints:
        """Count each book's marks."""
        return np.bincount(self.book, minlength=len(self.book_ids))

    def matrix(self) -> Matrix:
        """Give a matrix of readers by books with 1 for each mark."""
        ones = np.ones(len(self))
        shape = (len(self.reader_ids), len(self.book_ids))
        return csr_array((ones, (self.reader, self.book)), shape=shape)


def read_marks(source: InteractionSource, seed: int, progress: Progress = silent) -> Marks:
    """Read all interactions, batch by batch: 24 bytes each stay, and at the end some copies.

    Of a reader with more than `MAX_MARKS` chosen books chance under `seed` picks so many.
    """
    none = np.empty(0, np.int64)
    readers, books, times = [none], [none], [none]
    with progress("reading interactions", None) as advance:
        for batch in source.read():
            count = len(batch)
            readers.append(np.fromiter((one.reader_id for one in batch), np.int64, count))
            books.append(np.fromiter((one.book_id for one in batch), np.int64, count))
            times.append(_times(batch))
            advance(count)
    return _limited(_distinct(readers, books, times), seed)


def _times(batch: Sequence[Interaction]) -> Ints:
    times = (UNKNOWN_TIME if one.at is None else int(one.at.timestamp() * 1e6) for one in batch)
    return np.fromiter(times, np.int64, len(batch))


def _distinct(readers: Sequence[Ints], books: Sequence[Ints], times: Sequence[Ints]) -> Marks:
    reader_ids, reader = np.unique(np.concatenate(readers), return_inverse=True)
    book_ids, book = np.unique(np.concatenate(books), return_inverse=True)
    at = np.concatenate(times)
    # The earliest mark of a pair comes first; one without a time counts as earlier still.
    order = np.lexsort((at, book, reader))
    reader, book, at = reader[order], book[order], at[order]
    first = np.ones(len(at), np.bool_)
    first[1:] = (reader[1:] != reader[:-1]) | (book[1:] != book[:-1])
    return Marks(reader[first], book[first], at[first], reader_ids, book_ids)


def _limited(marks: Marks, seed: int) -> Marks:
    per_reader = marks.per_reader()
    if not len(marks) or per_reader.max() <= MAX_MARKS:
        return marks
    place = places(marks.reader, np.random.default_rng(seed).random(len(marks)))
    return marks.where(place < MAX_MARKS)


def places(reader: Ints, *keys: Ints | Floats) -> Ints:
    """Give each mark its place, from 0, among the marks of its reader, by rising keys.

    reader: of each mark, ascending.
    keys: of each mark, the weightiest first.
    """
    order = np.lexsort((*reversed(keys), reader))
    starts = np.searchsorted(reader, reader)
    place = np.empty(len(reader), np.int64)
    place[order] = np.arange(len(reader)) - starts
    return place
