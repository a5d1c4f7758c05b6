"""What was learned: for each book the books like it, and how many readers chose it."""

import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, islice
from operator import lt
from typing import NamedTuple

from msgspec import Struct

from recommendations.large_pages import Numbers, in_large_pages
from recommendations.spans import Spans

MAX_SIMILAR = 50
"""The most books that a model names as similar to one."""
_BATCH = 500


class ModelInfo(Struct, frozen=True):
    """How a model came about.

    method: its name on the command line of training.
    parameters: its numbers by name, for instance `{"lambda": 100.0}`; the seed is not among them.
    seed: decided what chance decided.
    trained_at: when training began, with a time zone.
    readers, interactions: how many distinct readers, and distinct pairs of a reader and a book, it
        learned from.
    """

    method: str
    parameters: Mapping[str, float]
    seed: int
    trained_at: datetime
    readers: int
    interactions: int


class ModelRow(NamedTuple):
    """What a model knows of one book.

    readers: how many distinct readers chose the book.
    similar: ids (typecode "i") of at most `MAX_SIMILAR` books, the best first, not the book itself.
    scores: how similar each is (typecode "f"), falling; greater than 0, comparable within a model.
    """

    book_id: int
    readers: int
    similar: "array[int]"
    scores: "array[float]"


class LearnedModel:
    """A model in memory: a few flat arrays, so that a million books take megabytes.

    Immutable by convention, and so shared between threads without a lock.

    book_ids: every book that any reader chose (typecode "i"), ascending.
    readers: how many distinct readers chose each (typecode "i").
    starts: where the similar books of each begin in `similar` and `scores` (typecode "q"), and one
        more: where those of the last end.
    similar, scores: those of all books, one after the other; see `ModelRow`.
    spans: where those of a book begin and end, by its id.

    Raises ValueError when the arrays do not fit together.
    """

    __slots__ = ("book_ids", "info", "readers", "scores", "similar", "spans", "starts")

    def __init__(
        self,
        info: ModelInfo,
        *,
        book_ids: "array[int]",
        readers: "array[int]",
        starts: "array[int]",
        similar: "Numbers[int]",
        scores: "Numbers[float]",
    ) -> None:
        if not len(book_ids) == len(readers) == len(starts) - 1:
            raise ValueError("readers and starts must say something of each book")
        if not len(similar) == len(scores) == starts[-1]:
            raise ValueError("similar and scores must end where starts says")
        if not all(map(lt, book_ids, islice(book_ids, 1, None))):
            raise ValueError("book ids must ascend")
        self.info = info
        self.spans = Spans(book_ids, starts, islice(starts, 1, None))
        self.book_ids = book_ids
        self.readers = readers
        self.starts = starts
        self.similar = similar
        self.scores = scores

    @classmethod
    def from_rows(cls, info: ModelInfo, rows: Iterable[ModelRow]) -> "LearnedModel":
        """Put a model to be asked for long together from its rows, which ascend by book id."""
        return cls.from_bytes(
            info,
            (
                (row.book_id, row.readers, row.similar.tobytes(), row.scores.tobytes())
                for row in rows
            ),
        )

    @classmethod
    def from_bytes(
        cls,
        info: ModelInfo,
        rows: Iterable[tuple[int, int, bytes, bytes]],
        *,
        byteorder: str = sys.byteorder,
    ) -> "LearnedModel":
        """Do the same with rows that have the bytes of the arrays, which takes a third of the time.

        byteorder: theirs, "little" or "big".
        """
        book_ids, readers, starts = array("i"), array("i"), array("q", [0])
        similar, scores = array("i"), array("f")
        rest = iter(rows)
        while batch := list(islice(rest, _BATCH)):
            ids, counts, similar_bytes, scores_bytes = zip(*batch, strict=True)
            book_ids.extend(ids)
            readers.extend(counts)
            lengths = (len(each) // similar.itemsize for each in similar_bytes)
            starts.extend(accumulate(lengths, initial=starts.pop()))
            similar.frombytes(b"".join(similar_bytes))
            scores.frombytes(b"".join(scores_bytes))
        if byteorder != sys.byteorder:
            similar.byteswap()
            scores.byteswap()
        # One after the other, for each is there twice meanwhile.
        similar_copy = in_large_pages(similar)
        del similar
        return cls(
            info,
            book_ids=book_ids,
            readers=readers,
            starts=starts,
            similar=similar_copy,
            scores=in_large_pages(scores),
        )

    def __len__(self) -> int:
        return len(self.book_ids)

    def rows(self) -> Iterator[ModelRow]:
        """Give what is known of each book, ascending by book id."""
        return map(self._row, range(len(self)))

    def similar_to(self, book_id: int) -> Sequence[int]:
        """Give ids of books that are similar to one, the best first; none where none is known."""
        begin, end = self.spans.of(book_id)
        return self.similar[begin:end]

    def _row(self, index: int) -> ModelRow:
        start, end = self.starts[index], self.starts[index + 1]
        return ModelRow(
            self.book_ids[index],
            self.readers[index],
            array("i", self.similar[start:end]),
            array("f", self.scores[start:end]),
        )
